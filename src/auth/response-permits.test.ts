import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PermissionSet } from './permissions.ts';
import { permitsMax, ResponsePermits } from './response-permits.ts';

function setUp(maxMsgs = 0, expiresNs = 0n, allow: string[] | undefined = undefined) {
  const clock = { ms: 0, nowMs: () => 0, nowNs: () => 0n, monotonicMs: () => clock.ms };
  const permissions = new PermissionSet({
    publish: allow && { allow, deny: undefined },
    subscribe: undefined,
    response: { maxMsgs, expiresNs },
  });
  const permits = ResponsePermits.for(permissions, clock);
  assert.ok(permits);
  return { clock, permits };
}

test('a reply may be published once by default, and only the one delivered', () => {
  const { permits } = setUp();
  assert.equal(permits.use('R'), false);
  permits.onDelivered('R');
  assert.equal(permits.use('other'), false);
  assert.equal(permits.use('R'), true);
  assert.equal(permits.use('R'), false);
});

test('a permit expires', () => {
  const { clock, permits } = setUp(-1, 1_500_000_000n);
  permits.onDelivered('R');
  clock.ms = 1500;
  assert.equal(permits.use('R'), true);
  clock.ms = 1501;
  assert.equal(permits.use('R'), false);
  assert.equal(permits.size, 0);
});

test('the defaults are one message and two minutes', () => {
  const { clock, permits } = setUp();
  permits.onDelivered('R');
  clock.ms = 120_000;
  assert.equal(permits.use('R'), true);
  permits.onDelivered('S');
  clock.ms += 120_001;
  assert.equal(permits.use('S'), false);
});

test('negative limits are no limits', () => {
  const { clock, permits } = setUp(-1, -1n);
  permits.onDelivered('R');
  clock.ms = 1e12;
  for (let i = 0; i < 1000; i++) assert.equal(permits.use('R'), true);
});

test('the same reply delivered twice is used up, as recorded from nats-server', () => {
  const { permits } = setUp();
  permits.onDelivered('R');
  permits.onDelivered('R');
  assert.equal(permits.use('R'), false);
});

test('what may be published anyway takes no permit', () => {
  const { permits } = setUp(0, 0n, ['ok.>']);
  permits.onDelivered('ok.1');
  assert.equal(permits.size, 0);
  permits.onDelivered('');
  assert.equal(permits.size, 0);
});

test('permits are bounded: expired ones go, then the oldest', () => {
  const { clock, permits } = setUp(-1, 1_000_000n);
  permits.onDelivered('old');
  clock.ms = 5;
  permits.onDelivered('new');
  assert.equal(permits.size, 1);
  for (let i = 0; i < permitsMax + 10; i++) permits.onDelivered(`r${i}`);
  assert.equal(permits.size, permitsMax);
  assert.equal(permits.use('new'), false);
  assert.equal(permits.use(`r${permitsMax + 9}`), true);
});

test('without allow_responses there are no permits', () => {
  assert.equal(ResponsePermits.for(undefined, setUp().clock), undefined);
});
