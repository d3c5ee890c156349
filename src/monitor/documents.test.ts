// The small documents against what nats-server 2.15.2 answers.
import assert from 'node:assert/strict';
import test from 'node:test';
import type { AccountSpec } from '../account/account-spec.ts';
import { goJson } from '../base/go-json.ts';
import { buildAccountz } from './accountz.ts';
import { buildAccstatz } from './accstatz.ts';
import { FakeContext } from './fake-context.ts';
import { buildGatewayz } from './gatewayz.ts';
import { buildHealthz, healthzOptions } from './healthz.ts';
import { buildJsz, jszLeaderOnly } from './jsz.ts';
import { buildLeafz } from './leafz.ts';
import { Query } from './query.ts';
import { buildRoutez } from './routez.ts';
import { buildSubsz, subszOptions } from './subsz.ts';

const text = (document: unknown) =>
  goJson(document, 2).replace(/"(now|update_time)": "[^"]*"/g, '"$1": "T"');
const value = (document: unknown) => JSON.parse(goJson(document));
const none = new Query('');

test('subsz: numbers of all accounts, and subscriptions on demand', () => {
  const context = new FakeContext();
  context.connect(['foo', 'foo.> q', 'caf\xc3\xa9', 'b\xff']);
  const plain = value(buildSubsz(context, subszOptions(none)));
  assert.equal(
    Object.keys(plain).join(' '),
    'server_id now num_subscriptions num_cache num_inserts num_removes num_matches ' +
      'cache_hit_rate max_fanout avg_fanout total offset limit',
  );
  assert.equal(plain.num_subscriptions, 4);
  assert.equal(plain.total, 0);
  const all = value(buildSubsz(context, subszOptions(new Query('subs=1&limit=2&offset=1'))));
  assert.equal(all.total, 4);
  assert.equal(all.subscriptions_list.length, 2);
  const found = buildSubsz(context, subszOptions(new Query('subs=1&test=foo.x')));
  assert.deepEqual(value(found).subscriptions_list, [
    { account: '$G', account_tag: '$G', subject: 'foo.>', qgroup: 'q', sid: '2', msgs: 0, cid: 1 },
  ]);
  const accented = buildSubsz(context, subszOptions(new Query('subs=1&test=caf%C3%A9')));
  assert.equal(accented.subscriptions_list?.[0]?.subject, 'café');
  assert.ok(text(buildSubsz(context, subszOptions(new Query('subs=1')))).includes('"b\\ufffd"'));
  const other = value(buildSubsz(context, subszOptions(new Query('subs=1&acc=none'))));
  assert.equal(other.num_subscriptions, 0);
  assert.equal(other.subscriptions_list, undefined);
});

test('subsz refuses a test subject that cannot be published', () => {
  for (const subject of ['foo.*', 'a..b', '>']) {
    const options = subszOptions(new Query(`test=${subject}`));
    assert.throws(() => buildSubsz(new FakeContext(), options), {
      message: `invalid test subject, must be valid publish subject: ${subject}`,
    });
  }
});

test('healthz', () => {
  const context = new FakeContext();
  const health = (query: string) => {
    const { status_code, ...rest } = buildHealthz(context, healthzOptions(new Query(query)));
    return [status_code, goJson(rest)];
  };
  assert.deepEqual(health(''), [200, '{"status":"ok"}']);
  assert.deepEqual(health('stream=S'), [
    400,
    '{"status":"error","error":"\\"account\\" must not be empty when checking stream health"}',
  ]);
  assert.deepEqual(health('consumer=C&details=1'), [
    400,
    '{"status":"error","errors":[{"type":"BAD_REQUEST",' +
      '"error":"\\"stream\\" must not be empty when checking consumer health"}]}',
  ]);
  context.missing = 'failed to be ready for connections after 1ms: server';
  assert.deepEqual(health(''), [500, goJson({ status: 'error', error: context.missing })]);
});

test('accountz lists accounts, or shows one', () => {
  const context = new FakeContext();
  context.connect(['foo']);
  context.options.mappings = [
    { source: 'foo', destinations: [{ subject: 'bar', weight: 30, cluster: '' }] },
    {
      source: 'x.*',
      destinations: [
        { subject: 'y.$1', weight: 50, cluster: 'c1' },
        { subject: 'z.$1', weight: 50, cluster: '' },
      ],
    },
  ];
  assert.equal(
    text(buildAccountz(context, '')),
    text({
      server_id: 'NFAKE',
      now: 'T',
      system_account: '$SYS',
      accounts: ['$G', '$SYS'],
    }),
  );
  const detail = value(buildAccountz(context, '$G')).account_detail;
  assert.equal(
    Object.keys(detail).join(' '),
    'account_name update_time expired complete jetstream_enabled leafnode_connections ' +
      'client_connections subscriptions mappings name_tag sublist_stats',
  );
  assert.equal(detail.client_connections, 1);
  assert.deepEqual(detail.mappings, {
    foo: [
      { subject: 'bar', weight: 30 },
      { subject: 'foo', weight: 100 },
    ],
    'x.*': [
      { subject: 'z.$1', weight: 50 },
      { subject: 'x.$1', weight: 100 },
      { subject: 'y.$1', weight: 50, cluster: 'c1' },
      { subject: 'x.$1', weight: 100, cluster: 'c1' },
    ],
  });
  assert.equal(value(buildAccountz(context, '$SYS')).account_detail.is_system, true);
  assert.throws(() => buildAccountz(context, 'nope'), { message: 'Account nope does not exist' });
});

test('accstatz shows accounts in use, all with unused', () => {
  const context = new FakeContext();
  context.connect();
  Object.assign(context.global.traffic, { inMsgs: 1, inBytes: 2, outMsgs: 3, outBytes: 4 });
  const [stat, ...rest] = value(
    buildAccstatz(context, { unused: false, accounts: [] }),
  ).account_statz;
  assert.equal(rest.length, 0);
  assert.equal(
    Object.keys(stat).join(' '),
    'acc name conns leafnodes total_conns num_subscriptions sent received slow_consumers',
  );
  assert.equal(stat.conns, 1);
  const nothing = { msgs: 0, bytes: 0 };
  const others = { gateways: nothing, routes: nothing, leafs: nothing };
  assert.deepEqual(stat.sent, { msgs: 3, bytes: 4, ...others });
  assert.deepEqual(stat.received, { msgs: 1, bytes: 2, ...others });
  assert.equal(buildAccstatz(context, { unused: true, accounts: [] }).account_statz.length, 2);
});

test('documents of features that are not there', () => {
  const context = new FakeContext();
  const head = '{\n  "server_id": "NFAKE",\n';
  assert.equal(
    text(buildRoutez(context)),
    `${head}  "server_name": "fake",\n  "now": "T",\n  "num_routes": 0,\n  "routes": []\n}`,
  );
  assert.equal(
    text(buildGatewayz(context, '')),
    `${head}  "now": "T",\n  "outbound_gateways": {},\n  "inbound_gateways": {}\n}`,
  );
  assert.equal(
    text(buildLeafz(context)),
    `${head}  "now": "T",\n  "leafnodes": 0,\n  "leafs": []\n}`,
  );
  const jsz = value(buildJsz(context));
  assert.equal(
    Object.keys(jsz).join(' '),
    'memory storage reserved_memory reserved_storage accounts ha_assets api server_id now ' +
      'disabled config streams consumers messages bytes total',
  );
  assert.equal(jszLeaderOnly(new Query('leader-only=1')), true);
  assert.throws(() => jszLeaderOnly(new Query('raft=x')), /Error decoding boolean for 'raft'/);
});

test('a configured cluster and gateway show their configuration', () => {
  const context = new FakeContext();
  const rule = { allow: ['a.>'], deny: undefined };
  context.options.cluster.permissions = { import: rule, export: undefined };
  Object.assign(context.options.gateway, { name: 'G', host: '127.0.0.1', port: 7222 });
  const routez = value(buildRoutez(context));
  assert.deepEqual(routez.import, { allow: ['a.>'] });
  assert.equal(routez.export, undefined);
  const gatewayz = value(buildGatewayz(context, ''));
  assert.deepEqual([gatewayz.name, gatewayz.host, gatewayz.port], ['G', '127.0.0.1', 7222]);
  context.options.gateway.advertise = 'x:1';
  assert.deepEqual(value(buildGatewayz(context, '')).host, 'x');
  assert.equal(value(buildGatewayz(context, 'y')).outbound_gateways, null);
});

test('an account of operator mode shows its JWT and what it claims', () => {
  const context = new FakeContext();
  const claims = {
    iss: 'OKEY',
    name: 'people',
    sub: 'AKEY',
    nats: { tags: ['x'], revocations: { UKEY: 1_700_000_000 } },
  };
  const jwt = `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.sig`;
  const options = { ...context.options, name: '$G', mappings: [] };
  context.global.spec = { ...options, jwt, nameTag: 'people' } as unknown as AccountSpec;
  const detail = value(buildAccountz(context, '$G')).account_detail;
  assert.equal(detail.jwt, jwt);
  assert.equal(detail.issuer_key, 'OKEY');
  assert.equal(detail.name_tag, 'people');
  assert.deepEqual(detail.tags, ['x']);
  assert.deepEqual(detail.decoded_jwt, claims);
  assert.deepEqual(detail.revoked_user, { UKEY: '2023-11-14T22:13:20Z' });
  context.global.spec = { ...options, jwt: 'broken' } as unknown as AccountSpec;
  assert.equal(value(buildAccountz(context, '$G')).account_detail.decoded_jwt, undefined);
});
