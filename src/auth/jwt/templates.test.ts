import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { pairs, type RecordedPermission, recorded } from '../../../test/fixtures/jwt/recorded.ts';
import { JwtError } from './shape.ts';
import { expandTemplates, expansionsMax, type TemplateSubject } from './templates.ts';
import type { ClaimPermission } from './user-claims.ts';

const few = ['team:red', 'team:blue', 'city:bonn', 'city:ulm', 'odd:a b', 'odd:c', ':empty'];
const tags = [...few, 'brace:{{name()}}'];
const many = Array.from({ length: 64 }, (_, index) => `many:m${index}`);

const full = ({ allow, deny }: RecordedPermission): ClaimPermission => ({
  allow: allow ?? [],
  deny: deny ?? [],
});

/** Long lists were recorded as their length and ends. */
function brief(list: string[]): string[] {
  if (list.length <= 20) return list;
  return [`#${list.length}`, ...list.slice(0, 5), ...list.slice(-5)];
}

const subject: TemplateSubject = {
  userName: 'bob',
  userSubject: pairs.user.publicKey,
  userTags: tags,
  accountName: 'ACC',
  accountSubject: pairs.account.publicKey,
  accountTags: ['env:prod'],
};

test('templates become what nats-server makes of them', () => {
  for (const one of recorded.templates) {
    const who = {
      ...subject,
      userName: one.Name,
      userTags: one.Many ? [...many, ...tags] : tags,
      accountTags: one.AccountTags,
    };
    const name = JSON.stringify([one.Pub, one.Sub, one.Name]);
    const expand = () => expandTemplates({ pub: full(one.Pub), sub: full(one.Sub) }, who);
    if (one.Error !== undefined) {
      assert.throws(expand, new JwtError(one.Error), name);
      continue;
    }
    const { pub, sub } = expand();
    for (const [list, expected] of [
      [pub, one.PubOut],
      [sub, one.SubOut],
    ] as const) {
      const shown = { allow: brief(list.allow), deny: brief(list.deny) };
      assert.deepEqual(shown, full(expected), name);
    }
  }
});

test('nothing of a user breaks out of a template', () => {
  fc.assert(
    fc.property(fc.string(), (userName) => {
      const permissions = { pub: { allow: ['a.{{name()}}.z'], deny: [] }, sub: full({}) };
      const { pub } = expandTemplates(permissions, { ...subject, userName });
      for (const entry of pub.allow) assert.ok(entry.startsWith('a.') && entry.endsWith('.z'));
      assert.deepEqual(pub.deny, pub.allow.length === 0 ? ['>'] : []);
    }),
  );
});

test('an expansion is refused before it is made', () => {
  const userTags = Array.from({ length: 1000 }, (_, index) => `t:${index}`);
  const entry = Array(100).fill('{{tag(t)}}').join('.');
  const permissions = { pub: { allow: [entry], deny: [] }, sub: full({}) };
  const limit = new JwtError(`template expansion exceeds limit: ${expansionsMax}`);
  assert.throws(() => expandTemplates(permissions, { ...subject, userTags }), limit);
});
