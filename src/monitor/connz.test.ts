import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { plainUser } from '../auth/auth-user.ts';
import { goJson } from '../base/go-json.ts';
import { closeReasons } from '../connection/close-reason.ts';
import { closedConnection } from '../connection/closed-connections.ts';
import { buildConnz, connzOptions } from './connz.ts';
import { FakeContext } from './fake-context.ts';
import { BadArgumentError, Query } from './query.ts';

const connz = (context: FakeContext, query = '') =>
  JSON.parse(goJson(buildConnz(context, connzOptions(new Query(query)))));
const cids = (document: { connections: { cid: number }[] }) =>
  document.connections.map(({ cid }) => cid);

function withThree(): FakeContext {
  const context = new FakeContext();
  const [a, b, c] = [
    context.connect(['foo', 'bar.* q']),
    context.connect(),
    context.connect(['x']),
  ];
  Object.assign(a.options, { name: 'n<1>', lang: 'go', version: '1.2', user: 'u', pass: 'canary' });
  Object.assign(b.options, { auth_token: 'canary' });
  Object.assign(a, { inMsgs: 1, inBytes: 30, outMsgs: 3, outBytes: 1, rttMs: 1.5 });
  Object.assign(b, { inMsgs: 3, inBytes: 10, outMsgs: 2, outBytes: 2 });
  Object.assign(c, { inMsgs: 2, inBytes: 20, outMsgs: 1, outBytes: 3, rttMs: 7 });
  a.lastActivityMs += 5_000;
  return context;
}

function closeLast(context: FakeContext): void {
  const connection = context.open.pop();
  assert.ok(connection);
  connection.stopMs = context.nowMs + 2_000;
  context.closedConnections.add(closedConnection(connection, closeReasons.clientClosed));
}

test('an open connection has the fields of nats-server in their order', () => {
  const [first] = connz(withThree()).connections;
  const keys =
    'cid kind type ip port start last_activity rtt uptime idle pending_bytes in_msgs out_msgs ' +
    'in_bytes out_bytes subscriptions name lang version';
  assert.equal(Object.keys(first).join(' '), keys);
  assert.equal(first.kind, 'Client');
  assert.equal(first.type, 'nats');
  assert.equal(first.rtt, '1.5ms');
});

test('auth=1 shows users and name tags, never a token or password', () => {
  const document = connz(withThree(), 'auth=1&subs=1');
  const [a, b, c] = document.connections;
  assert.equal(a.authorized_user, 'u');
  assert.equal(b.authorized_user, '[REDACTED]');
  assert.equal(c.authorized_user, undefined);
  assert.equal(a.name_tag, '$G');
  assert.equal(a.account, undefined);
  assert.deepEqual(a.subscriptions_list, ['foo', 'bar.*']);
  assert.ok(!JSON.stringify(document).includes('canary'));
});

test('subs=detail shows queue and maximum, without the account', () => {
  const context = withThree();
  const sub = context.open[0]?.subs.get('2');
  assert.ok(sub);
  sub.max = 5;
  const [a] = connz(context, 'subs=detail').connections;
  assert.deepEqual(a.subscriptions_list_detail, [
    { subject: 'foo', sid: '1', msgs: 0, cid: 1 },
    { subject: 'bar.*', qgroup: 'q', sid: '2', msgs: 0, max: 5, cid: 1 },
  ]);
});

test('every sort option orders as nats-server does', () => {
  const context = withThree();
  const orders: Record<string, number[]> = {
    cid: [1, 2, 3],
    start: [1, 2, 3],
    subs: [1, 3, 2],
    pending: [1, 2, 3],
    msgs_to: [1, 2, 3],
    msgs_from: [2, 3, 1],
    bytes_to: [3, 2, 1],
    bytes_from: [1, 3, 2],
    last: [1, 2, 3],
    idle: [2, 3, 1],
    uptime: [1, 2, 3],
    rtt: [3, 1, 2],
  };
  for (const [sort, order] of Object.entries(orders)) {
    assert.deepEqual(cids(connz(context, `sort=${sort}`)), order, sort);
  }
});

test('closed connections: state, reason, subscriptions, and sorts of their own', () => {
  const context = withThree();
  closeLast(context);
  const document = connz(context, 'state=closed&subs=detail');
  assert.equal(document.total, 1);
  const [closed] = document.connections;
  assert.equal(closed.reason, 'Client Closed');
  assert.equal(closed.uptime, '2s');
  assert.deepEqual(closed.subscriptions_list_detail, [
    { account: '$G', account_tag: '$G', subject: 'x', sid: '1', msgs: 0, cid: 3 },
  ]);
  assert.deepEqual(cids(connz(context, 'state=any')), [1, 2, 3]);
  assert.deepEqual(cids(connz(context, 'state=any&cid=3')), [3]);
  assert.deepEqual(cids(connz(context, 'cid=3')), []);
  // The record of a connection of $G has no account name.
  assert.equal(connz(context, 'state=closed&acc=$G').total, 0);
  closeLast(context);
  assert.deepEqual(cids(connz(context, 'state=closed&sort=stop')), [2, 3]);
  assert.deepEqual(cids(connz(context, 'state=closed&sort=reason')), [2, 3]);
});

test('filters by user and account; an unknown account is an empty document', () => {
  const context = withThree();
  assert.deepEqual(cids(connz(context, 'user=u')), [1]);
  assert.equal(connz(context, 'user=u').total, 3);
  assert.equal(connz(context, 'acc=$SYS').total, 0);
  assert.equal(connz(context, 'acc=$G').total, 3);
  const unknown = connz(context, 'acc=none');
  assert.equal(unknown.connections, null);
  assert.equal(unknown.server_id, '');
  assert.deepEqual(cids(connz(context, 'mqtt_client=x')), []);
});

test('filter_subject finds overlapping interest and needs an account', () => {
  const context = withThree();
  const options = { ...connzOptions(new Query('acc=$G')), filterSubject: '*.>' };
  assert.deepEqual(
    buildConnz(context, options).connections?.map(({ cid }) => cid),
    [1],
  );
  assert.throws(
    () => buildConnz(context, { ...options, account: '' }),
    /filter by subject only valid with account filtering/,
  );
});

test('refuses bad sorts', () => {
  const context = new FakeContext();
  const refusals: Record<string, string> = {
    'sort=bogus': 'invalid sorting option: bogus',
    'sort=CID': 'invalid sorting option: CID',
    'sort=stop': 'sort by stop only valid on closed connections',
    'sort=reason&state=any': 'sort by reason only valid on closed connections',
  };
  for (const [query, message] of Object.entries(refusals)) {
    assert.throws(() => connz(context, query), new BadArgumentError(message), query);
  }
});

test('no offset and limit leads outside the list (GHSA-q59r-vq66-pxc2)', () => {
  const context = withThree();
  const edges = [0n, 1n, 2n, 3n, -1n, 2n ** 31n, 2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n)];
  fc.assert(
    fc.property(fc.constantFrom(...edges), fc.constantFrom(...edges), (offset, limit) => {
      const document = buildConnz(context, { ...connzOptions(new Query('')), offset, limit });
      const from = Number(offset < 0n ? 0n : offset > 3n ? 3n : offset);
      const count = Number(limit <= 0n || limit > 3n ? 3n : limit);
      assert.deepEqual(cids(document as never), [1, 2, 3].slice(from, from + count));
      assert.equal(document.num_connections, document.connections?.length);
      assert.equal(document.offset, offset < 0n ? 0n : offset);
      assert.equal(document.limit, limit <= 0n ? 1024n : limit);
    }),
  );
});

test('a JWT is shown on request and when it is no secret, open or closed', () => {
  const context = withThree();
  const [a, b] = context.open;
  assert.ok(a && b);
  const claims = { issuerKey: 'AKEY', nkey: 'UKEY', tags: ['t'], nameTag: 'person' };
  a.user = { ...plainUser('u'), ...claims };
  b.user = { ...plainUser('v'), ...claims, bearer: true };
  for (const connection of [a, b]) connection.options.jwt = 'eyJcanary';
  const fields = (query: string) =>
    connz(context, query).connections.map((one: Record<string, unknown>) => [
      one.jwt,
      one.issuer_key,
      one.name_tag,
      one.tags?.toString(),
    ]);
  assert.deepEqual(fields('auth=1').slice(0, 2), [
    ['eyJcanary', 'AKEY', '$G', 't'],
    [undefined, 'AKEY', '$G', 't'],
  ]);
  assert.deepEqual(fields('')[0], [undefined, undefined, undefined, undefined]);
  for (const connection of [a, b]) {
    connection.stopMs = context.nowMs;
    context.closedConnections.add(closedConnection(connection, closeReasons.clientClosed));
  }
  // As nats-server, a closed one shows whose it was also when not asked for; but not its JWT.
  assert.deepEqual(fields('state=closed'), [
    [undefined, 'AKEY', 'person', 't'],
    [undefined, 'AKEY', 'person', 't'],
  ]);
  assert.deepEqual(
    fields('state=closed&auth=1').map(([jwt]: unknown[]) => jwt),
    ['eyJcanary', undefined],
  );
});

test('the proxy of a connection is shown', () => {
  const context = withThree();
  assert.ok(context.open[0]);
  context.open[0].proxyKey = 'NPROXY';
  assert.deepEqual(connz(context).connections[0].proxy, { key: 'NPROXY' });
});
