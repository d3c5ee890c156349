import assert from 'node:assert/strict';
import test from 'node:test';
import { FakeContext } from '../monitor/fake-context.ts';
import { closeReasons } from './close-reason.ts';
import { ClosedConnections, closedConnection, keptSubscriptionsMax } from './closed-connections.ts';

test('the ring keeps the newest records, oldest first', () => {
  const context = new FakeContext();
  const ring = new ClosedConnections(3);
  const cids = () => ring.all().map(({ cid }) => cid);
  for (let i = 1; i <= 2; i++) {
    ring.add(closedConnection(context.connect(), closeReasons.clientClosed));
  }
  assert.deepEqual(cids(), [1, 2]);
  for (let i = 3; i <= 7; i++) {
    ring.add(closedConnection(context.connect(), closeReasons.clientClosed));
  }
  assert.deepEqual(cids(), [5, 6, 7]);
  assert.equal(ring.total, 7);
  assert.equal(ring.size, 3);
});

test('a ring of size 0 keeps nothing', () => {
  const ring = new ClosedConnections(0);
  ring.add(closedConnection(new FakeContext().connect(), closeReasons.clientClosed));
  assert.deepEqual(ring.all(), []);
  assert.equal(ring.total, 1);
});

test('a record has what the connection had, and never a token', () => {
  const context = new FakeContext();
  const connection = context.connect(['foo', 'bar q']);
  connection.options.auth_token = 'canary';
  const record = closedConnection(connection, closeReasons.kicked);
  assert.equal(record.user, '[REDACTED]');
  assert.equal(record.reason, 'Kicked');
  assert.equal(record.account, '');
  assert.deepEqual(record.subs[1], { subject: 'bar', queue: 'q', sid: '2', msgs: 0, max: 0 });
  assert.ok(!JSON.stringify(record).includes('canary'));
});

test('a user that the server gave is shown when the client sent none', () => {
  const connection = new FakeContext().connect();
  connection.userName = 'guest';
  assert.equal(closedConnection(connection, closeReasons.clientClosed).user, 'guest');
  connection.options.user = 'sent';
  assert.equal(closedConnection(connection, closeReasons.clientClosed).user, 'sent');
});

test('pending bytes are those at the close, before the last flush', () => {
  const connection = new FakeContext().connect();
  connection.send('+OK\r\n');
  assert.equal(closedConnection(connection, closeReasons.clientClosed).pendingBytes, 5);
});

test('the ring bounds the subscriptions it keeps: the oldest records lose theirs', () => {
  const record = closedConnection(new FakeContext().connect(['foo']), closeReasons.clientClosed);
  const third = Math.ceil(keptSubscriptionsMax / 3);
  const subs = new Array(third).fill(record.subs[0]);
  const ring = new ClosedConnections(5);
  const add = (list: typeof subs) => ring.add({ ...record, subs: list, subCount: list.length });
  const kept = () => ring.all().map((closed) => closed.subs.length);
  for (let i = 0; i < 4; i++) add(subs);
  assert.deepEqual(kept(), [0, 0, third, third]);
  assert.equal(ring.all()[0]?.subCount, third);
  add([]);
  add([]);
  add([]);
  assert.deepEqual(kept(), [third, third, 0, 0, 0]);
  add([]);
  add([]);
  for (let i = 0; i < 3; i++) add(subs);
  assert.deepEqual(kept(), [0, 0, 0, third, third]);
});
