import assert from 'node:assert/strict';
import test from 'node:test';
import { goJson } from '../base/go-json.ts';
import { emptyRemoteLeaf, emptyTls, emptyUser } from '../options/default-options.ts';
import { parseGoUrl } from '../options/go-url.ts';
import { FakeContext } from './fake-context.ts';
import { buildVarz } from './varz.ts';

// Keys of /varz of nats-server 2.15.2 with nothing but ports configured, ours at the end.
const keys =
  'server_id server_name version proto go host port max_connections ping_interval ping_max ' +
  'http_host http_port http_base_path https_port auth_timeout max_control_line max_payload ' +
  'max_pending cluster gateway leaf mqtt websocket jetstream tls_timeout write_deadline start now ' +
  'uptime mem cores gomaxprocs cpu connections total_connections routes remotes leafnodes in_msgs ' +
  'in_bytes in_client_msgs in_client_bytes out_msgs out_bytes out_client_msgs out_client_bytes ' +
  'slow_consumers stale_connections stalled_clients subscriptions http_req_stats config_load_time ' +
  'config_digest feature_flags system_account slow_consumer_stats stale_connection_stats ' +
  'disk_io_wait_stats tnatsd_version';

const documentOf = (context: FakeContext) => JSON.parse(goJson(buildVarz(context), 2));

test('a plain server shows the keys of nats-server in their order', () => {
  const document = documentOf(new FakeContext());
  assert.equal(Object.keys(document).join(' '), keys);
  assert.equal(document.ping_interval, 120_000_000_000);
  assert.equal(document.write_deadline, 10_000_000_000);
  for (const section of ['cluster', 'gateway', 'leaf', 'mqtt', 'websocket', 'jetstream']) {
    assert.deepEqual(document[section], {}, section);
  }
  assert.deepEqual(document.slow_consumer_stats, { clients: 0, routes: 0, gateways: 0, leafs: 0 });
});

test('counters, subscriptions and uptime are live', () => {
  const context = new FakeContext();
  context.connect(['foo', 'bar q']);
  context.counters.slowClients = 3;
  context.nowMs += 61_000;
  const document = documentOf(context);
  assert.equal(document.subscriptions, 2);
  assert.equal(document.connections, 1);
  assert.equal(document.total_connections, 1);
  assert.equal(document.slow_consumer_stats.clients, 3);
  assert.equal(document.uptime, '1m1s');
});

test('sections show what is configured, without credentials', () => {
  const context = new FakeContext();
  const { options } = context;
  options.cluster.port = 6222;
  options.cluster.host = '127.0.0.1';
  options.cluster.name = 'C1';
  options.cluster.writeTimeout = 'retry';
  options.routes = [parseGoUrl('nats://u:canary@10.0.0.1:6222')];
  options.leafNode.port = 7422;
  options.leafNode.tls = { ...emptyTls(), verify: true };
  const remote = { ...emptyRemoteLeaf(), denyExports: ['bar'], localAccount: 'A' };
  options.leafNode.remotes = [{ ...remote, urls: [parseGoUrl('nats://u:canary@10.0.0.2:7422')] }];
  options.metadata = { z: '1', a: '<' };
  const document = documentOf(context);
  assert.deepEqual(document.cluster, {
    name: 'C1',
    addr: '127.0.0.1',
    cluster_port: 6222,
    urls: ['10.0.0.1:6222'],
    tls_timeout: 2,
    write_timeout: 'retry',
  });
  assert.deepEqual(document.leaf, {
    port: 7422,
    tls_timeout: 2,
    tls_required: true,
    tls_verify: true,
    remotes: [{ local_account: 'A', urls: ['10.0.0.2:7422'], deny: { exports: ['bar'] } }],
    write_timeout: 'retry',
    tls_cert_not_after: '2124-01-01T00:00:00Z',
  });
  assert.deepEqual(Object.keys(document.metadata), ['a', 'z']);
  assert.ok(!JSON.stringify(document).includes('canary'));
});

test('auth_required tells of configured users, also with a no_auth_user', () => {
  const context = new FakeContext();
  assert.equal(documentOf(context).auth_required, undefined);
  context.options.users = [{ ...emptyUser(), username: 'n', password: 'canary' }];
  context.options.noAuthUser = 'n';
  assert.equal(documentOf(context).auth_required, true);
});

test('tags, metadata, feature flags and trusted proxies are shown when configured', () => {
  const context = new FakeContext();
  const { options } = context;
  options.tags = ['b:1', 'a'];
  options.metadata = { '9': 'x', '10': 'y' };
  options.featureFlags = { js_ack_fc_v2: true, unknown: true };
  options.proxies = { trusted: [{ key: 'UKEY' }] };
  const text = goJson(buildVarz(context));
  assert.ok(text.includes('"tags":["b:1","a"],"metadata":{"10":"y","9":"x"},"feature_flags":{'));
  assert.ok(text.includes('"proxies":{"trusted":[{"key":"UKEY"}]},"tnatsd_version"'));
  assert.deepEqual(documentOf(context).feature_flags, {
    js_ack_fc_v2: true,
    js_api_reply_v2: false,
    js_raft_delete_range: true,
    js_snapshot_sources: false,
  });
});
