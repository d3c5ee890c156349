import assert from 'node:assert/strict';
import type { Duplex } from 'node:stream';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createServer } from '../../src/index.ts';
import { type Delivery, deliveries, type ModelAccount, type ModelImport } from './model.ts';

/*
 * Random accounts with exports, imports and mappings; whatever is published anywhere, everybody gets
 * what the model says and nothing else. Configurations that the server refuses (cycles, say) do not
 * count; most must.
 */

const token = fc.constantFrom('a', 'b', 'c');
const wild = fc.constantFrom('a', 'b', 'c', '*', '*');
const literal = fc.array(token, { minLength: 1, maxLength: 3 }).map((t) => t.join('.'));
const subject = fc
  .tuple(fc.array(wild, { minLength: 1, maxLength: 3 }), fc.constantFrom(false, false, true))
  .map(([tokens, rest]) => (rest ? [...tokens.slice(0, 2), '>'] : tokens).join('.'));
/** What exports may have: `>` makes transforms of their own kind. */
const exported = fc.array(wild, { minLength: 1, maxLength: 3 }).map((t) => t.join('.'));
const names = ['A', 'B', 'C'];

/** A local name for an imported subject: the same, behind a prefix, or with its wildcards swapped. */
function localName(form: number, from: string, word: string): string {
  const stars = from.split('.').filter((t) => t === '*').length;
  if (form === 0) return '';
  let next = 0;
  const order = (i: number): number => (form === 2 ? stars - i : i + 1);
  return `${word}.${from.replace(/\*/g, () => `$${order(next++)}`)}`;
}

const wanted = fc.record({
  kind: fc.constantFrom<'stream' | 'service'>('stream', 'service'),
  subject: exported,
  form: fc.nat(2),
  word: token,
  importer: fc.nat(2),
});
const account = fc.record({
  exports: fc.array(wanted, { maxLength: 3 }),
  mappings: fc.array(fc.tuple(exported, token), { maxLength: 1 }),
  subs: fc.array(subject, { minLength: 1, maxLength: 4 }),
});
const world = fc.tuple(account, account, account).map((raw): ModelAccount[] =>
  raw.map((one, i) => ({
    name: names[i]!,
    exports: unique(one.exports.map(({ kind, subject: s }) => ({ kind, subject: s }))),
    imports: importsOf(raw, i),
    mappings: one.mappings.map(([source, word]) => ({
      source,
      to: localName(1, source, word),
    })),
    subs: one.subs.map((s, n) => ({ sid: String(n + 1), subject: s })),
  })),
);

function unique<T extends { kind: string; subject: string }>(list: T[]): T[] {
  return [...new Map(list.map((one) => [`${one.kind} ${one.subject}`, one])).values()];
}

function importsOf(
  raw: readonly { exports: (typeof wanted extends fc.Arbitrary<infer T> ? T : never)[] }[],
  at: number,
): ModelImport[] {
  const imports: ModelImport[] = [];
  raw.forEach((exporter, from) => {
    for (const one of exporter.exports) {
      if (one.importer !== at || from === at) continue;
      const to = localName(one.form, one.subject, one.word);
      imports.push({ kind: one.kind, account: names[from]!, subject: one.subject, to });
    }
  });
  const key = ({ kind, account: from, subject: s, to }: ModelImport): string =>
    kind === 'stream' ? `${kind} ${from} ${s}` : `${kind} ${to || s}`;
  return [...new Map(imports.map((one) => [key(one), one])).values()];
}

function configOf(accounts: readonly ModelAccount[]): string {
  const quote = JSON.stringify;
  const blocks = accounts.map(({ name, exports, imports, mappings }) => {
    const out = exports.map((one) => `{${one.kind}: ${quote(one.subject)}}`);
    const into = imports.map(({ kind, account: from, subject: s, to }) => {
      const local = to === '' ? '' : `, to: ${quote(to)}`;
      return `{${kind}: {account: ${from}, subject: ${quote(s)}}${local}}`;
    });
    const maps = mappings.map(({ source, to }) => `${quote(source)}: ${quote(to)}`);
    return `${name} { users: [{user: ${name}, password: p}]
      exports: [${out.join('\n')}]\n imports: [${into.join('\n')}]\n mappings: {${maps.join('\n')}} }`;
  });
  return `accounts {\n${blocks.join('\n')}\n}`;
}

/** Speaks plain protocol and remembers what it got. */
class Peer {
  readonly got: Delivery[] = [];
  private text = '';
  private pong: (() => void) | undefined;
  private readonly stream: Duplex;
  private readonly name: string;

  constructor(stream: Duplex, name: string) {
    this.stream = stream;
    this.name = name;
    stream.on('data', (chunk: Buffer) => this.read(chunk.toString('latin1')));
    const login = { verbose: false, user: name, pass: 'p' };
    stream.write(`CONNECT ${JSON.stringify(login)}\r\n`);
  }

  private read(chunk: string): void {
    this.text += chunk;
    for (let end = this.text.indexOf('\r\n'); end >= 0; end = this.text.indexOf('\r\n')) {
      const line = this.text.slice(0, end);
      this.text = this.text.slice(end + 2);
      const [verb, on, sid] = line.split(' ');
      if (verb === 'MSG') this.got.push(`${this.name} ${sid} ${on}`);
      else if (verb === 'PONG') this.pong?.();
      else if (verb === '-ERR') this.got.push(line);
    }
  }

  send(text: string): Promise<void> {
    return new Promise((resolve) => {
      this.pong = resolve;
      this.stream.write(`${text}PING\r\n`);
    });
  }

  close(): void {
    this.stream.destroy();
  }
}

/** Undefined when the configuration is refused. */
async function play(
  accounts: readonly ModelAccount[],
  published: readonly (readonly [number, string])[],
): Promise<Delivery[][] | undefined> {
  const server = await createServer({ config: configOf(accounts), autoListen: false }).catch(
    (error: Error) => {
      assert.match(
        error.message,
        /cycle|transform|duplicate|already exists|invalid|wildcard|subject/i,
      );
      return undefined;
    },
  );
  if (server === undefined) return undefined;
  const peers = accounts.map(({ name }) => new Peer(server.connect(), name));
  for (const [i, { subs }] of accounts.entries()) {
    await peers[i]!.send(subs.map(({ sid, subject: s }) => `SUB ${s} ${sid}\r\n`).join(''));
  }
  const results: Delivery[][] = [];
  for (const [from, on] of published) {
    // The first time matches the trie, the third a cached route.
    for (let round = 0; round < 3; round++) {
      for (const peer of peers) peer.got.length = 0;
      await peers[from]!.send(`PUB ${on} 0\r\n\r\n`);
      for (const peer of peers) await peer.send('');
      results.push(peers.flatMap((peer) => peer.got).sort());
    }
  }
  for (const peer of peers) peer.close();
  await server.close();
  return results;
}

test('everybody gets what exports, imports and mappings say, and nothing else', async () => {
  let played = 0;
  let refused = 0;
  let crossed = 0;
  const publication = fc.tuple(fc.nat(2), literal);
  await fc.assert(
    fc.asyncProperty(
      world,
      fc.array(publication, { minLength: 1, maxLength: 8 }),
      async (accounts, published) => {
        const results = await play(accounts, published);
        if (results === undefined) {
          refused++;
          return;
        }
        played++;
        published.forEach(([from, on], i) => {
          const want = deliveries(accounts, names[from]!, on);
          if (want.some((line) => !line.startsWith(names[from]!))) crossed++;
          for (let round = 0; round < 3; round++) {
            assert.deepEqual(results[i * 3 + round], want, `${names[from]} publishes ${on}`);
          }
        });
      },
    ),
    { numRuns: 120 },
  );
  assert.ok(played > refused, `${refused} configurations refused, ${played} played`);
  assert.ok(crossed > 5, `only ${crossed} messages crossed a border`);
});
