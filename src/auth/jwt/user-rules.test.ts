import assert from 'node:assert/strict';
import { test } from 'node:test';
import { permissionsOfClaims } from './claim-permissions.ts';
import { allowedConnectionTypes, mayConnectBy } from './connection-types.ts';
import { expiresMs } from './expiry.ts';
import { newUserClaims } from './user-claims.ts';

test('permissions of claims are those of options; none are undefined', () => {
  const { nats } = newUserClaims('U');
  assert.equal(permissionsOfClaims(nats), undefined);
  nats.sub.deny.push('a');
  nats.resp = { max: 1, ttl: 2n };
  assert.deepEqual(permissionsOfClaims(nats), {
    publish: undefined,
    subscribe: { allow: undefined, deny: ['a'] },
    response: { maxMsgs: 1, expiresNs: 2n },
  });
});

test('connection types: all without a list, none when only unknown ones are listed', () => {
  assert.ok(mayConnectBy(allowedConnectionTypes([]), 'MQTT'));
  const some = allowedConnectionTypes(['websocket', 'New']);
  assert.equal(some.problem, 'invalid connection types ["NEW"]');
  assert.ok(mayConnectBy(some, 'WEBSOCKET') && !mayConnectBy(some, 'STANDARD'));
  assert.ok(!mayConnectBy(allowedConnectionTypes(['new', 'odd']), 'STANDARD'));
});

test('a connection ends with its claims or its window, whatever is first', () => {
  assert.equal(expiresMs({ exp: 0 }, undefined), undefined);
  assert.equal(expiresMs({ exp: 0 }, 5), 5);
  assert.equal(expiresMs({ exp: 2 }, undefined), 2000);
  assert.equal(expiresMs({ exp: 2 }, 1500), 1500);
  assert.equal(expiresMs({ exp: 2 }, 2500), 2000);
});
