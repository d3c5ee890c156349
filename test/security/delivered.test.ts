import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createServer } from '../../src/index.ts';
import { isSubsetMatch, matchesSubject } from '../../src/subject/match.ts';
import { LocalClient } from './local-client.ts';

/*
 * CVE-2022-29946, GHSA-wh7g-5m82-pmhr, GHSA-jx8g-9g95-6322 through whole servers: whatever a user
 * subscribes to, alone or in a queue group, it gets nothing outside of its allow list and nothing in
 * its deny list, be it published in its own account or come over a stream import.
 */

const token = fc.constantFrom('a', 'b', 'imp');
const literal = fc.array(token, { minLength: 1, maxLength: 3 }).map((tokens) => tokens.join('.'));
const pattern = fc
  .tuple(
    fc.array(fc.constantFrom('a', 'b', 'imp', '*'), { minLength: 1, maxLength: 3 }),
    fc.boolean(),
  )
  .map(([tokens, full]) => (full ? [...tokens.slice(1), '>'] : tokens).join('.'));
const queue = fc.constantFrom('', '', 'q', 'v.1');
const listQueue = fc.constantFrom('', '', '', 'q', 'v.*');
const entry = fc.tuple(pattern, listQueue).map(([p, q]) => (q === '' ? p : `${p} ${q}`));
const list = fc.array(entry, { maxLength: 3 });
const subscription = fc.tuple(pattern, queue);

const configOf = (allow: string[], deny: string[]): string => `accounts {
  A { users: [ { user: a, password: p } ], exports: [ { stream: ">" } ] }
  B { users: [ { user: free, password: p }
               { user: b, password: p, permissions: { subscribe: {
                 allow: ${JSON.stringify(allow)}, deny: ${JSON.stringify(deny)} } } } ]
      imports: [ { stream: { account: A, subject: ">" }, prefix: imp } ] }
}`;

/** The rule in the words of the manual. */
function listed(entries: readonly string[], subject: string, name: string): boolean {
  return entries.some((text) => {
    const [p = '', q = ''] = text.split(' ');
    const fits = q === '' || (name !== '' && (q === name || isSubsetMatch(name, q)));
    return fits && matchesSubject(p, subject);
  });
}

test('nothing is delivered but what is allowed and not denied, over stream imports too', async () => {
  let delivered = 0;
  let imported = 0;
  let heldBack = 0;
  await fc.assert(
    fc.asyncProperty(
      list,
      list,
      fc.array(subscription, { minLength: 1, maxLength: 4 }),
      fc.array(literal, { minLength: 1, maxLength: 6 }),
      async (allow, deny, subs, published) => {
        const server = await createServer({ config: configOf(allow, deny), autoListen: false });
        try {
          const [a, free, b] = (await Promise.all(
            ['a', 'free', 'b'].map((user) =>
              new LocalClient(server.connect()).login({ user, pass: 'p' }),
            ),
          )) as [LocalClient, LocalClient, LocalClient];
          await b.send(subs.map(([on, name], i) => `SUB ${on} ${name} ${i}\r\n`).join(''));
          for (const subject of published) {
            await free.send(`PUB ${subject} 0\r\n\r\n`.repeat(2));
            await a.send(`PUB ${subject} 0\r\n\r\n`.repeat(2));
          }
          const got = [...(await b.send('')).matchAll(/^MSG (\S+) (\d+) 0\r$/gm)];
          for (const [, subject = '', sid = ''] of got) {
            const name = subs[Number(sid)]![1];
            const what = `${subject} to SUB ${subs[Number(sid)]!.join(' ')}`;
            assert.ok(allow.length === 0 || listed(allow, subject, name), `allow: ${what}`);
            assert.ok(!listed(deny, subject, name), `deny: ${what}`);
            if (subject.startsWith('imp.')) imported++;
          }
          delivered += got.length;
          const wanted = published.filter((one) => subs.some(([on]) => matchesSubject(on, one)));
          if (got.length < wanted.length * 2) heldBack++;
        } finally {
          await server.close();
        }
      },
    ),
    { numRuns: 150 },
  );
  const counts = `${delivered} delivered, ${imported} imported, ${heldBack} times less than asked`;
  assert.ok(delivered > 50 && imported > 10 && heldBack > 5, counts);
});
