import assert from 'node:assert/strict';
import test from 'node:test';
import { plainUser } from '../auth/auth-user.ts';
import { PermissionSet } from '../auth/permissions.ts';
import { goJson } from '../base/go-json.ts';
import { FakeEventsHost } from './fake-events-host.ts';
import { buildUserInfo } from './user-info.ts';

const host = new FakeEventsHost();
const connection = host.connect(host.registry.ensure('A'), 'u');
const shown = (shared = true) => JSON.parse(goJson(buildUserInfo(connection, shared, 1_000_000)));

test('a user without limits is a name in an account', () => {
  assert.deepEqual(shown(), { user: 'u', account: 'A', account_name: 'A' });
});

test('permissions and expiry are those in force', () => {
  connection.user = { ...plainUser('u'), expiresMs: 1_061_999, nameTag: 'person' };
  connection.permissions = new PermissionSet({
    publish: undefined,
    subscribe: { allow: ['a', 'b q'], deny: ['c'] },
    response: { maxMsgs: 0, expiresNs: 0n },
  });
  assert.deepEqual(shown(), {
    user: 'u',
    account: 'A',
    account_name: 'A',
    user_name: 'person',
    permissions: {
      publish: {},
      subscribe: { allow: ['a', 'b q'], deny: ['c'] },
      responses: { max: 1, ttl: 120_000_000_000 },
    },
    expires: 61_000_000_000,
  });
});

test('who asks in the system account directly is not named', () => {
  const { user, account, account_name } = shown(false);
  assert.deepEqual([user, account, account_name], ['', '', undefined]);
});
