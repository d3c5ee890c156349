import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { defaultOptions } from './default-options.ts';
import { second } from './duration.ts';
import { ConfigFileError, processConfigString } from './process-config.ts';
import type { Options } from './types.ts';

const fixtures = join(__PROJECT_ROOT__, 'test/conformance/conf/fixtures');
const io = {
  readFile: (path: string): Uint8Array => readFileSync(join(fixtures, path)),
  env: (name: string): string | undefined => (name === 'HOME' ? '/home/me' : undefined),
  stat: () => undefined,
};
const keys = JSON.parse(readFileSync(join(fixtures, 'jwt/keys.json'), 'utf8')) as Record<
  'operatorJwt' | 'accountJwt' | 'accountKey' | 'serverKey' | 'userKey' | 'userSeed',
  string
>;
const tls = 'tls { cert_file: "tls/server.pem", key_file: "tls/server-key.pem", timeout: 3 }';

function read(text: string): Options {
  const options = defaultOptions();
  processConfigString(text, io, options);
  return options;
}

/** The members of `actual` that `expected` names. */
function assertMembers<T extends object>(actual: T, expected: Partial<T>): void {
  const found = Object.keys(expected).map((key) => [key, actual[key as keyof T]]);
  assert.deepEqual(Object.fromEntries(found), expected);
}

describe('cluster', () => {
  test('every key reaches its option', () => {
    const options = read(`cluster {
      name: c, listen: "h:6222", advertise: "a:1", no_advertise: true
      connect_retries: 3, connect_backoff: true, pool_size: 5, accounts: [A, B]
      compression { mode: s2_auto, rtts: ["10ms", "20ms"] }
      ping_interval: "20s", ping_max: 4, write_deadline: "5s", write_timeout: retry
      routes: ["nats://u:p@a:1"], authorization { user: u, password: p, timeout: 2 }
      permissions { import: a, export { allow: b, deny: [c, d] } }
      ${tls}
    }`);
    const { cluster } = options;
    assertMembers(cluster, {
      name: 'c',
      host: 'h',
      port: 6222,
      advertise: 'a:1',
      noAdvertise: true,
      connectRetries: 3,
      connectBackoff: true,
      poolSize: 5,
      pinnedAccounts: ['A', 'B'],
      compression: { mode: 's2_auto', rttThresholdsNs: [10_000_000n, 20_000_000n] },
      pingIntervalNs: 20n * second,
      maxPingsOut: 4,
      writeDeadlineNs: 5n * second,
      writeTimeout: 'retry',
      username: 'u',
      password: 'p',
      authTimeoutSeconds: 2,
    });
    assert.deepEqual(cluster.permissions?.import?.allow, ['a']);
    assert.deepEqual(cluster.permissions?.export, { allow: ['b'], deny: ['c', 'd'] });
    assert.deepEqual([cluster.tls?.verify, cluster.tls?.timeoutSeconds], [true, 3]);
    assert.equal(options.routes[0]?.host, 'a:1');
    assert.equal(options.inConfig['Cluster.NoAdvertise'], true);
  });
  test('compression: true and false', () => {
    assert.equal(read('cluster { compression: true }').cluster.compression.mode, 's2_fast');
    assert.equal(read('cluster { compression: off }').cluster.compression.mode, 'off');
    assert.equal(read('leafnodes { compression: on }').leafNode.compression.mode, 's2_auto');
  });
});

test('gateway: every key reaches its option', () => {
  const { gateway } = read(`gateway {
    name: A, port: 7222, host: h, advertise: "a:1", connect_retries: 2, connect_backoff: true
    reject_unknown: true, write_deadline: "1s", write_timeout: close
    authorization { user: u, password: p, timeout: 1.5 }
    gateways: [ {name: B, url: "nats://b:1"}, {name: C, urls: ["nats://c:1", "nats://d:1"]} ]
  }`);
  assertMembers(gateway, {
    name: 'A',
    port: 7222,
    host: 'h',
    advertise: 'a:1',
    connectRetries: 2,
    connectBackoff: true,
    rejectUnknown: true,
    writeDeadlineNs: second,
    writeTimeout: 'close',
    username: 'u',
    password: 'p',
    authTimeoutSeconds: 1.5,
  });
  const remotes = gateway.gateways.map(({ name, urls }) => [name, urls.map((url) => url.host)]);
  assert.deepEqual(remotes, [
    ['B', ['b:1']],
    ['C', ['c:1', 'd:1']],
  ]);
});

describe('leafnodes', () => {
  test('every key reaches its option', () => {
    const { leafNode, inConfig } = read(`leafnodes {
      port: 7422, host: h, advertise: "a:1", no_advertise: false, reconnect: "3s", dial_timeout: "4s"
      min_version: 2.9.0, isolate: true, write_deadline: "6s", write_timeout: default
      authorization { user: u, password: p, account: A, timeout: 2, proxy_required: true }
    }`);
    assertMembers(leafNode, {
      port: 7422,
      host: 'h',
      advertise: 'a:1',
      noAdvertise: false,
      reconnectIntervalNs: 3n * second,
      dialTimeoutNs: 4n * second,
      minVersion: '2.9.0',
      isolateLeafnodeInterest: true,
      writeDeadlineNs: 6n * second,
      username: 'u',
      password: 'p',
      account: 'A',
      authTimeoutSeconds: 2,
      proxyRequired: true,
    });
    assert.equal(inConfig['LeafNode.NoAdvertise'], false);
  });
  test('users', () => {
    const text = `leafnodes { authorization { users: [ {user: a, password: b, account: A} ] } }`;
    const [user] = read(text).leafNode.users;
    assert.deepEqual([user?.username, user?.password, user?.account], ['a', 'b', 'A']);
    const nkey = read(`leafnodes { authorization { nkey: ${keys.userKey} } }`).leafNode.nkey;
    assert.equal(nkey, keys.userKey);
  });
  test('remotes', () => {
    const { remotes } = read(`leafnodes { remotes: [
      { urls: ["nats://a:1", "nats://b:1"], account: A, creds: "~/x.creds", hub: true, isolate: true
        deny_imports: a, deny_exports: ["b", "c.>"], no_randomize: true, request_isolation: true
        ws_compress: true, ws_no_masking: true, first_info_timeout: "2s", dial_timeout: "3s"
        js_cluster_migrate { leader_migrate_delay: "5s" }, disabled: true, compression: s2_best
        ignore_discovered_servers: true, ${tls.replace('timeout: 3', '')}
        proxy { url: "http://p:1", username: u, password: p, timeout: "4s" } }
      { url: "nats://c:1", nkey: ${keys.userSeed} }
    ] }`).leafNode;
    const [first, second_] = remotes;
    assert.ok(first && second_);
    assertMembers(first, {
      localAccount: 'A',
      credentials: '/home/me/x.creds',
      hub: true,
      localIsolation: true,
      denyImports: ['a'],
      denyExports: ['b', 'c.>'],
      noRandomize: true,
      requestIsolation: true,
      websocketCompression: true,
      websocketNoMasking: true,
      firstInfoTimeoutNs: 2n * second,
      dialTimeoutNs: 3n * second,
      jetstreamClusterMigrate: true,
      jetstreamClusterMigrateDelayNs: 5n * second,
      disabled: true,
      compression: { mode: 's2_best', rttThresholdsNs: [] },
      ignoreDiscoveredServers: true,
      proxy: {
        url: 'http://p:1',
        username: 'u',
        password: 'p',
        timeoutNs: 4n * second,
        tls: undefined,
      },
    });
    assert.equal(first.tls?.timeoutSeconds, 2);
    assert.deepEqual([second_.nkey, second_.urls[0]?.host], [keys.userSeed, 'c:1']);
  });
});

test('websocket: every key reaches its option', () => {
  const { websocket } = read(`websocket {
    listen: "h:8080", advertise: "a:1", no_tls: true, same_origin: true, origins: ["http://a"]
    handshake_timeout: 3, compression: true, jwt_cookie: j, user_cookie: u, pass_cookie: p
    token_cookie: t, no_auth_user: n, headers { "X-A": b }, ping_interval: "9s"
    authorization { user: a, password: b, token: c, timeout: 4 }
  }`);
  assertMembers(websocket, {
    host: 'h',
    port: 8080,
    advertise: 'a:1',
    noTls: true,
    sameOrigin: true,
    allowedOrigins: ['http://a'],
    handshakeTimeoutNs: 3n * second,
    compression: true,
    jwtCookie: 'j',
    usernameCookie: 'u',
    passwordCookie: 'p',
    tokenCookie: 't',
    noAuthUser: 'n',
    headers: { 'X-A': 'b' },
    pingIntervalNs: 9n * second,
    username: 'a',
    password: 'b',
    token: 'c',
    authTimeoutSeconds: 4,
  });
});

test('mqtt: every key reaches its option', () => {
  const { mqtt } = read(`mqtt {
    port: 1883, host: h, no_auth_user: n, ack_wait: "1s", js_api_timeout: "2s", max_ack_pending: 7
    js_domain: d, stream_replicas: 3, consumer_memory_storage: true
    consumer_inactive_threshold: "3s", reject_qos2_publish: true, downgrade_qos2_subscribe: true
    authorization { token: t }, ${tls}
  }`);
  assertMembers(mqtt, {
    port: 1883,
    host: 'h',
    noAuthUser: 'n',
    ackWaitNs: second,
    jsApiTimeoutNs: 2n * second,
    maxAckPending: 7,
    jsDomain: 'd',
    streamReplicas: 3,
    consumerMemoryStorage: true,
    consumerInactiveThresholdNs: 3n * second,
    rejectQoS2Publish: true,
    downgradeQoS2Subscribe: true,
    token: 't',
  });
  assert.equal(mqtt.tls?.certFile, 'tls/server.pem');
});

describe('jetstream', () => {
  test('in short', () => {
    assert.equal(read('jetstream: enabled').jetstream.enabled, true);
    assert.equal(read('jetstream: false').jetstream.enabled, false);
    assert.equal(read('jetstream { enabled: false }').jetstream.enabled, false);
    assert.equal(read('jetstream {}').jetstream.enabled, true);
  });
  test('every key reaches its option', () => {
    const options = read(`jetstream {
      strict: false, store_dir: "/s", sync_interval: always, max_mem: 1GB, max_file: "2G", domain: d
      key: k, prev_key: o, cipher: aes, extension_hint: e, unique_tag: " AZ: "
      max_outstanding_catchup: 1MB, max_buffered_size: 2MB, max_buffered_msgs: 3
      request_queue_limit: 4, info_queue_limit: 5, meta_compact: 6, meta_compact_size: "7K"
      meta_compact_sync: true, max_concurrent_io: 8
      limits { max_ack_pending: 1, max_ha_assets: 2, max_request_batch: 3, default_max_consumers: 4
        duplicate_window: "5s", batch { max_inflight_per_stream: 6, max_inflight_total: 7, max_msgs: 8
        timeout: "9s" } }
      tpm { keys_file: f, encryption_password: p, srk_password: s, pcr: 9 }
    }`);
    assert.equal(options.storeDir, '/s');
    assertMembers(options.jetstream, {
      enabled: true,
      strict: false,
      syncAlways: true,
      syncSet: true,
      maxMemory: 1n << 30n,
      maxStore: 2n << 30n,
      maxMemorySet: true,
      maxStoreSet: true,
      domain: 'd',
      key: 'k',
      oldKey: 'o',
      cipher: 'aes',
      extensionHint: 'e',
      uniqueTag: 'az:',
      maxCatchup: 1n << 20n,
      streamMaxBufferedSize: 2n << 20n,
      streamMaxBufferedMsgs: 3,
      requestQueueLimit: 4n,
      infoQueueLimit: 5n,
      metaCompact: 6n,
      metaCompactSize: 7168n,
      metaCompactSync: true,
      concurrentIos: 8,
      tpm: { keysFile: 'f', keyPassword: 'p', srkPassword: 's', pcr: 9 },
      limits: {
        maxAckPending: 1,
        maxHaAssets: 2,
        maxRequestBatch: 3,
        defaultMaxConsumers: 4,
        duplicatesNs: 5n * second,
        maxBatchInflightPerStream: 6,
        maxBatchInflightTotal: 7,
        maxBatchSize: 8,
        maxBatchTimeoutNs: 9n * second,
      },
    });
  });
});

describe('operator mode', () => {
  test('an operator brings resolver and system account', () => {
    const options = read(`operator: ${keys.operatorJwt}`);
    assert.deepEqual(options.operatorJwts, [keys.operatorJwt]);
    assert.deepEqual(options.resolver, {
      type: 'url',
      definition: { url: 'http://localhost:9090/jwt/v1/accounts/' },
    });
    assert.equal(options.systemAccount, keys.accountKey);
  });
  test('what the file says wins over the operator, in any order', () => {
    const operator = 'operator: "jwt/operator-decorated.jwt"';
    for (const text of [`${operator}\nresolver: MEM`, `resolver: MEM\n${operator}`]) {
      const options = read(`${text}\nsystem_account: SYS`);
      assert.deepEqual([options.resolver?.type, options.systemAccount], ['memory', 'SYS']);
    }
  });
  test('a folder', () => {
    const { resolver } = read(
      'resolver { type: full, dir: "./j", allow_delete: true, limit: 5, interval: "1m", timeout: "2s" }',
    );
    assert.deepEqual(resolver, {
      type: 'full',
      definition: {
        dir: './j',
        allowDelete: true,
        hardDelete: false,
        limit: 5n,
        ttlNs: 0n,
        intervalNs: 60n * second,
        timeoutNs: 2n * second,
      },
    });
  });
  test('preloads and pinned accounts', () => {
    const text = `resolver_preload { ${keys.accountKey}: ${keys.accountJwt} }
      resolver_pinned_accounts: [ a, b, a ]`;
    const options = read(text);
    assert.deepEqual(options.resolverPreloads, { [keys.accountKey]: keys.accountJwt });
    assert.deepEqual(options.resolverPinnedAccounts, ['a', 'b']);
  });
});

test('ocsp, ocsp_cache and proxies', () => {
  const options = read(`ocsp { mode: MUST, url: "http://a" }
    ocsp_cache { type: local, local_store: x, preserve_revoked: true, save_interval: "90s" }
    proxies { trusted: [ {key: ${keys.serverKey}} ] }`);
  assert.deepEqual(options.ocsp, { mode: 'must', overrideUrls: ['http://a'] });
  assert.deepEqual(options.ocspCache, {
    type: 'local',
    localStore: 'x',
    preserveRevoked: true,
    saveIntervalSeconds: 90,
  });
  assert.deepEqual(options.proxies, { trusted: [{ key: keys.serverKey }] });
  assert.deepEqual(read('ocsp: false').ocsp?.mode, 'never');
});

describe('mutilated files', () => {
  const path = join(__PROJECT_ROOT__, 'test/conformance/recorded/conf.jsonl');
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n').slice(1);
  const texts = lines
    .map((line) => JSON.parse(line) as { name: string; text: string })
    .filter(({ name }) => /^(?:rule|options:)/.test(name))
    .map(({ text }) => text);
  const pieces = [
    '1',
    '-1',
    'true',
    'x',
    '"1s"',
    '1.5',
    '[]',
    '{}',
    '[ {} ]',
    '{ a: 1 }',
    '__proto__',
  ];
  const file = fc
    .tuple(fc.constantFrom(...texts), fc.nat(), fc.nat(12), fc.constantFrom(...pieces))
    .map(([text, at, length, piece]) => {
      const start = at % (text.length + 1);
      return `${text.slice(0, start)} ${piece} ${text.slice(start + length)}`;
    });

  test('are read or refused, and touch no prototype', () => {
    fc.assert(
      fc.property(file, (text) => {
        try {
          read(text);
        } catch (error) {
          assert.ok(error instanceof ConfigFileError, String(error));
        }
        assert.deepEqual(Object.keys(Object.prototype), []);
      }),
      { numRuns: 1500 },
    );
  });
});
