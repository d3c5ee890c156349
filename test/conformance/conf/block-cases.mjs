// Cases about the blocks for other servers, protocols, storage and operator mode: every key with values
// of every type, misspelt keys, and files that show one rule each.
import { readFileSync } from 'node:fs';

const keysFile = new URL('./fixtures/jwt/keys.json', import.meta.url);
const keys = JSON.parse(readFileSync(keysFile, 'utf8'));

/** Values that every key is given; each fits some and is wrong for others. */
const values = [
  '1',
  '-1',
  'true',
  'x',
  '"1s"',
  '1.5',
  '[a, 1 ]',
  '{ foo: 1 }',
  '[]',
  '2024-01-01T00:00:00Z',
];
/** Other spellings of a key get fewer. */
const fewValues = ['1', 'true', '"1s"', '[ {a: 1} ]'];

const blocks = {
  '': [
    'cluster',
    'gateway',
    'leafnodes leaf',
    'jetstream',
    'store_dir storedir',
    'ocsp',
    'ocsp_cache',
    'proxies',
    'websocket ws',
    'mqtt',
    'operator operators roots root root_operators root_operator',
    'resolver account_resolver accounts_resolver',
    'resolver_tls',
    'resolver_preload',
    'resolver_pinned_accounts',
  ],
  'cluster { % }': [
    'name',
    'listen',
    'port',
    'host net',
    'authorization',
    'routes',
    'tls',
    'cluster_advertise advertise',
    'no_advertise',
    'connect_retries',
    'connect_backoff',
    'permissions',
    'pool_size',
    'accounts',
    'compression',
    'ping_interval',
    'ping_max',
    'write_deadline',
    'write_timeout',
  ],
  'cluster { compression { % } }': ['mode', 'rtt_thresholds thresholds rtts rtt'],
  'gateway { % }': [
    'name',
    'listen',
    'port',
    'host net',
    'authorization',
    'tls',
    'advertise',
    'connect_retries',
    'connect_backoff',
    'gateways',
    'reject_unknown reject_unknown_cluster',
    'write_deadline',
    'write_timeout',
  ],
  'gateway { gateways: [ { % } ] }': ['name', 'tls', 'url', 'urls'],
  'jetstream { % }': [
    'strict',
    'store_dir store storedir',
    'sync_interval sync',
    'max_memory_store max_mem_store max_mem',
    'max_file_store max_file',
    'domain',
    'enabled enable',
    'key ek encryption_key',
    'prev_key prev_ek prev_encryption_key',
    'cipher',
    'extension_hint',
    'limits',
    'tpm',
    'unique_tag',
    'max_outstanding_catchup',
    'max_buffered_size',
    'max_buffered_msgs',
    'request_queue_limit',
    'info_queue_limit',
    'meta_compact',
    'meta_compact_size',
    'meta_compact_sync',
    'max_concurrent_io',
  ],
  'jetstream {\n limits { % } }': [
    'max_ack_pending',
    'max_ha_assets',
    'max_request_batch',
    'default_max_consumers',
    'duplicate_window',
    'batch',
  ],
  'jetstream { limits {\n batch { % } } }': [
    'max_inflight_per_stream',
    'max_inflight_total',
    'max_msgs',
    'timeout',
  ],
  'jetstream { tpm { % } }': ['keys_file', 'encryption_password', 'srk_password', 'pcr', 'cipher'],
  'leafnodes { % }': [
    'listen',
    'port',
    'host net',
    'authorization',
    'remotes',
    'reconnect reconnect_delay reconnect_interval',
    'dial_timeout',
    'tls',
    'leafnode_advertise advertise',
    'no_advertise',
    'min_version minimum_version',
    'compression',
    'isolate_leafnode_interest isolate',
    'write_deadline',
    'write_timeout',
  ],
  'leafnodes { authorization { % } }': [
    'user username',
    'pass password',
    'nkey',
    'timeout',
    'users',
    'account',
    'proxy_required',
  ],
  'leafnodes { authorization { users: [ { % } ] } }': [
    'user username',
    'pass password',
    'account',
    'proxy_required',
  ],
  'leafnodes { remotes: [ { % } ] }': [
    'no_randomize dont_randomize',
    'url urls',
    'account local',
    'creds credentials',
    'nkey seed',
    'tls',
    'hub',
    'deny_imports deny_import',
    'deny_exports deny_export',
    'ws_compress ws_compression websocket_compress websocket_compression',
    'ws_no_masking websocket_no_masking',
    'jetstream_cluster_migrate js_cluster_migrate',
    'isolate_leafnode_interest isolate',
    'request_isolation',
    'compression',
    'first_info_timeout',
    'dial_timeout',
    'disabled',
    'proxy',
    'ignore_discovered_servers',
  ],
  'leafnodes { remotes: [ { url: "nats://a:1", proxy { % } } ] }': [
    'url',
    'username',
    'password',
    'timeout',
    'tls',
  ],
  'websocket { % }': [
    'listen',
    'port',
    'host net',
    'advertise',
    'no_tls',
    'tls',
    'same_origin',
    'allowed_origins allowed_origin allow_origins allow_origin origins origin',
    'handshake_timeout',
    'compress compression',
    'authorization authentication',
    'jwt_cookie',
    'user_cookie',
    'pass_cookie',
    'token_cookie',
    'no_auth_user',
    'headers',
    'ping_interval',
  ],
  'websocket { authorization { % } }': ['user username', 'pass password', 'token', 'timeout'],
  'mqtt { % }': [
    'listen',
    'port',
    'host net',
    'tls',
    'authorization authentication',
    'no_auth_user',
    'ack_wait ackwait',
    'js_api_timeout api_timeout',
    'max_ack_pending max_pending max_inflight',
    'js_domain',
    'stream_replicas',
    'consumer_replicas',
    'consumer_memory_storage',
    'consumer_inactive_threshold consumer_auto_cleanup',
    'reject_qos2_publish',
    'downgrade_qos2_subscribe',
  ],
  'ocsp_cache { % }': ['type', 'local_store', 'preserve_revoked', 'save_interval'],
  'ocsp { % }': ['mode', 'url', 'urls'],
  'proxies { % }': ['trusted'],
  'proxies { trusted: [ { % } ] }': ['key public_key'],
  'resolver { type: full, dir: "./none/jwt", % }': [
    'allow_delete',
    'hard_delete',
    'limit',
    'ttl',
    'interval',
    'timeout',
  ],
};

function inBlock(block, line) {
  return block === '' ? `${line}\n` : `${block.replace('%', () => ` ${line}\n`)}\n`;
}

function matrix() {
  const cases = [];
  const add = (block, line) => {
    cases.push({ name: `block ${block || 'top'} ${line}`, text: inBlock(block, line) });
  };
  for (const [block, names] of Object.entries(blocks)) {
    for (const name of names) {
      const [first, ...aliases] = name.split(' ');
      for (const value of values) add(block, `${first}: ${value}`);
      for (const alias of aliases) for (const value of fewValues) add(block, `${alias}: ${value}`);
      add(block, `${first}z: 1`);
    }
    add(block, 'no_such_key: 1');
    if (block === '') continue;
    const filled = block.replace('%', () => 'V: 1, known: $V');
    cases.push({ name: `block ${block} variable`, text: `${filled}\n` });
    cases.push({
      name: `block ${block} upper case`,
      text: inBlock(block, `${names[0].split(' ')[0].toUpperCase()}: x`),
    });
  }
  return cases;
}

const server = 'cert_file: "tls/server.pem", key_file: "tls/server-key.pem"';
const full = `${server}, ca_file: "tls/ca.pem"`;

/** Files that show a rule, by a name. */
const rules = {
  'cluster name with blank': 'cluster { name: "a b" }',
  'cluster name reserved': 'cluster { name: _ }',
  'cluster listen string': 'cluster { listen: "0.0.0.0:6222" }',
  'cluster listen without port': 'cluster { listen: localhost }',
  'cluster listen bad port': 'cluster { listen: "localhost:x" }',
  'cluster routes': 'cluster { routes: ["nats://a:1", "nats-route://u:p@b:2"] }',
  'cluster routes twice': 'cluster { routes: ["nats://a:1", "nats://a:1"] }',
  'cluster routes bad': 'cluster { routes: ["nats://a:x", "b"] }',
  'cluster routes wrong type first': 'cluster { routes: [ 1 , "nats://a:x" ] }',
  'cluster routes wrong type last': 'cluster { routes: [ "nats://a:x", 1 ] }',
  'cluster authorization': 'cluster { authorization { user: a, password: b, timeout: 3 } }',
  'cluster authorization users': 'cluster { authorization { users: [ {user: a, password: b} ] } }',
  'cluster authorization users empty': 'cluster { authorization { users: [] } }',
  'cluster authorization token': 'cluster { authorization { token: a } }',
  'cluster authorization permissions':
    'cluster { authorization { user: a, password: b, permissions { import: a, export: b } } }',
  'cluster authorization permissions bad':
    'cluster { authorization { user: a, password: b, permissions { import: "a b" } } }',
  'cluster permissions':
    'cluster { permissions { import { allow: a, deny: b }, export: ["c", "d"] } }',
  'cluster permissions queue': 'cluster { permissions { export { allow: "a q" } } }',
  'cluster permissions responses': 'cluster { permissions { import: a, allow_responses: true } }',
  'cluster permissions bad': 'cluster { permissions { import: "a..b" } }',
  'cluster ping interval long': 'cluster { ping_interval: "1m" }',
  'cluster ping interval most': 'cluster { ping_interval: "30s" }',
  'cluster compression map':
    'cluster { compression { mode: s2_auto, rtt_thresholds: ["10ms", "20ms"] } }',
  'cluster compression bad rtt': 'cluster { compression { mode: s2_auto, rtts: ["10ms", "x"] } }',
  'cluster compression bad rtt type': 'cluster { compression { rtts: [ "10ms", 1 ] } }',
  'cluster tls': `cluster { tls { ${full} } }`,
  'cluster tls check known urls': `cluster { tls { ${full}, verify_cert_and_check_known_urls: true } }`,
  'cluster tls missing file':
    'cluster { tls { cert_file: "tls/none.pem", key_file: "tls/server-key.pem" } }',
  'cluster tls timeout string': `cluster { tls { ${full}, timeout: "3s" } }`,
  'cluster accounts': 'cluster { accounts: ["A", "B"] }',
  'cluster write timeouts': 'cluster { write_deadline: "5s", write_timeout: retry }',
  'cluster two errors': 'cluster {\n foo: 1\n bar: 2\n}',
  'cluster all good':
    'cluster { name: c, port: 6222, host: h, no_advertise: true, connect_retries: 3, connect_backoff: true, pool_size: 5, ping_max: 3 }',
  'gateway name with blank': 'gateway { name: "a b" }',
  'gateway name reserved': 'gateway { name: _ }',
  'gateway complete':
    'gateway { name: A, port: 7222, gateways: [ {name: B, url: "nats://b:7222"}, {name: C, urls: ["nats://c:1", "nats://d:1"]} ] }',
  'gateway entry not a map': 'gateway { gateways: [ 1 , {name: B} ] }',
  'gateway entry unknown': 'gateway { gateways: [ {name: B, foo: 1}, {nam: C} ] }',
  'gateway entry wrong type ends array': 'gateway { gateways: [ {name: 1}, {foo: C} ] }',
  'gateway entry after unknown': 'gateway { gateways: [ {foo: 1}, {name: 1}, {bar: 1} ] }',
  'gateway url bad': 'gateway { gateways: [ {name: B, url: "nats://b:x"} ] }',
  'gateway urls twice': 'gateway { gateways: [ {name: B, urls: ["nats://b:1", "nats://b:1"]} ] }',
  'gateway authorization users': 'gateway { authorization { users: [ {user: a, password: b} ] } }',
  'gateway authorization token': 'gateway { authorization { token: t } }',
  'gateway authorization': 'gateway { authorization { user: u, password: p } }',
  'gateway tls': `gateway { tls { ${full} } }`,
  'gateway remote tls': `gateway { gateways: [ {name: B, tls { ${full} } } ] }`,
  'leafnode complete':
    'leafnodes { port: 7422, authorization { user: u, password: p, account: A, timeout: 2 }, min_version: 2.8.1 }',
  'leafnode min version low': 'leafnodes { min_version: 2.7.9 }',
  'leafnode min version bad': 'leafnodes { min_version: "2.8" }',
  'leafnode min version pre': 'leafnodes { min_version: "2.8.0-beta.1" }',
  'leafnode min version major': 'leafnodes { min_version: "3.0.0" }',
  'leafnode nkey': `leafnodes { authorization { nkey: ${keys.userKey} } }`,
  'leafnode nkey of account': `leafnodes { authorization { nkey: ${keys.accountKey} } }`,
  'leafnode timeout high': 'leafnodes { authorization { user: a, timeout: 90 } }',
  'leafnode timeout high text': 'leafnodes { authorization { user: a, timeout: "2m" } }',
  'leafnode timeout bad': 'leafnodes { authorization { timeout: "x" } }',
  'leafnode users':
    'leafnodes { authorization { users: [ {user: a, password: b, account: A}, {user: c, password: d} ] } }',
  'leafnode users twice': 'leafnodes { authorization { users: [ {user: a}, {user: a} ] } }',
  'leafnode users and user': 'leafnodes { authorization { user: a, users: [ {user: b} ] } }',
  'leafnode users and nkey': `leafnodes { authorization { nkey: ${keys.userKey}, users: [ {user: b} ] } }`,
  'leafnode user not a map': 'leafnodes { authorization { users: [ 1 , {user: b} ] } }',
  'leafnode user wrong type ends array':
    'leafnodes { authorization { users: [ {user: 1}, {foo: b} ] } }',
  'leafnode remote complete': `leafnodes { remotes: [ { urls: ["nats://a:7422", "nats://b:7422"], account: A, nkey: ${keys.userSeed}, hub: true, deny_imports: [a, "b.>"], deny_exports: c, first_info_timeout: "2s" } ] }`,
  'leafnode remote creds':
    'leafnodes { remotes: [ { url: "nats://a:7422", credentials: "~/x.creds" } ] }',
  'leafnode remote creds without home':
    'leafnodes { remotes: [ { url: "nats://a:7422", credentials: "~x.creds" } ] }',
  'leafnode remote bad seed': `leafnodes { remotes: [ { url: "nats://a:7422", nkey: ${keys.accountSeed} } ] }`,
  'leafnode remote both': `leafnodes { remotes: [ { url: "nats://a:7422", creds: "x", nkey: ${keys.userSeed} } ] }`,
  'leafnode remote twice':
    'leafnodes { remotes: [ {url: "nats://a:7422"}, {url: "nats://a:7422"} ] }',
  'leafnode remote twice with password':
    'leafnodes { remotes: [ {url: "nats://u:p@a:7422"}, {url: "nats://u:p@a:7422"} ] }',
  'leafnode remote empty twice': 'leafnodes { remotes: [ {}, {} ] }',
  'leafnode remote not a map': 'leafnodes { remotes: [ a, 1 , {url: "nats://a:1"} ] }',
  'leafnode remote wrong type ends array': 'leafnodes { remotes: [ {hub: 1}, {foo: 1} ] }',
  'leafnode remote url twice': 'leafnodes { remotes: [ {urls: ["nats://a:1", "nats://a:1"]} ] }',
  'leafnode remote url bad': 'leafnodes { remotes: [ {url: "nats://a:x"} ] }',
  'leafnode remote deny bad':
    'leafnodes { remotes: [ {url: "nats://a:1", deny_imports: "a..b"} ] }',
  'leafnode remote deny queue':
    'leafnodes { remotes: [ {url: "nats://a:1", deny_exports: "a q"} ] }',
  'leafnode remote deny type':
    'leafnodes { remotes: [ {url: "nats://a:1", deny_exports: [ a, 1 ]} ] }',
  'leafnode remote migrate':
    'leafnodes { remotes: [ {url: "nats://a:1", js_cluster_migrate: { leader_migrate_delay: "5s" } } ] }',
  'leafnode remote migrate number':
    'leafnodes { remotes: [ {url: "nats://a:1", js_cluster_migrate: { leader_migrate_delay: 5 } } ] }',
  'leafnode remote migrate bool':
    'leafnodes { remotes: [ {url: "nats://a:1", js_cluster_migrate: { leader_migrate_delay: true } } ] }',
  'leafnode remote migrate unknown':
    'leafnodes { remotes: [ {url: "nats://a:1", js_cluster_migrate: { foo: true } } ] }',
  'leafnode remote tls': `leafnodes { remotes: [ {url: "tls://a:1", tls { ${full} } } ] }`,
  'leafnode proxy':
    'leafnodes { remotes: [ {url: "ws://a:1", proxy { url: "http://p:8080", username: u, password: p, timeout: "3s" } } ] }',
  'leafnode proxy scheme':
    'leafnodes { remotes: [ {url: "ws://a:1", proxy { url: "socks://p:8080" } } ] }',
  'leafnode proxy no scheme': 'leafnodes { remotes: [ {url: "ws://a:1", proxy { url: "p" } } ] }',
  'leafnode proxy bad url':
    'leafnodes { remotes: [ {url: "ws://a:1", proxy { url: "p:8080:x" } } ] }',
  'leafnode proxy no host':
    'leafnodes { remotes: [ {url: "ws://a:1", proxy { url: "http://" } } ] }',
  'leafnode proxy half user':
    'leafnodes { remotes: [ {url: "ws://a:1", proxy { url: "http://p:1", username: u } } ] }',
  'leafnode proxy negative':
    'leafnodes { remotes: [ {url: "ws://a:1", proxy { url: "http://p:1", timeout: "-1s" } } ] }',
  'leafnode proxy without url':
    'leafnodes { remotes: [ {url: "ws://a:1", proxy { username: u } } ] }',
  'leafnode proxy wss without tls':
    'leafnodes { remotes: [ {url: "wss://a:1", proxy { url: "http://p:1" } } ] }',
  'leafnode proxy tls on http':
    'leafnodes { remotes: [ {url: "ws://a:1", proxy { url: "http://p:1", tls { ca_file: "tls/ca.pem" } } } ] }',
  'leafnode proxy tls':
    'leafnodes { remotes: [ {url: "ws://a:1", proxy { url: "https://p:1", tls { ca_file: "tls/ca.pem" } } } ] }',
  'leafnode proxy tls unsupported':
    'leafnodes { remotes: [ {url: "ws://a:1", proxy { url: "https://p:1", tls { verify: true } } } ] }',
  'websocket complete':
    'websocket { port: 8080, no_tls: true, same_origin: true, allowed_origins: ["http://a"], compression: true, jwt_cookie: c, headers { X: y }, handshake_timeout: "3s" }',
  'websocket header type': 'websocket { headers { X: 1 } }',
  'websocket authorization': 'websocket { authorization { user: a, password: b, timeout: 3.5 } }',
  'websocket authorization unknown': 'websocket { authorization { foo: b } }',
  'websocket handshake bad': 'websocket { handshake_timeout: "x" }',
  'websocket tls': `websocket { port: 8080, tls { ${server} } }`,
  'websocket tls known urls': `websocket { tls { ${full}, verify_cert_and_check_known_urls: true } }`,
  'mqtt complete': 'mqtt { port: 1883, ack_wait: "10s", max_ack_pending: 65535, js_domain: d }',
  'mqtt max ack pending': 'mqtt { max_ack_pending: 65536 }',
  'mqtt consumer replicas': 'mqtt { consumer_replicas: 3 }',
  'jetstream enabled': 'jetstream: enabled',
  'jetstream Enable': 'jetstream: Enable',
  'jetstream disabled': 'jetstream: "disabled"',
  'jetstream text': 'jetstream: yep',
  'jetstream sizes': 'jetstream { max_mem: 1GB, max_file: "10G" }',
  'jetstream size K': 'jetstream { max_mem: "64K" }',
  'jetstream size bad suffix': 'jetstream { max_mem: "64X" }',
  'jetstream size digits': 'jetstream { max_file: "64" }',
  'jetstream size suffix only': 'jetstream { max_file: "K" }',
  'jetstream size empty': 'jetstream { max_file: "" }',
  'jetstream size huge': 'jetstream { max_outstanding_catchup: "99999999999999999999K" }',
  'jetstream size negative': 'jetstream { meta_compact_size: "-1K" }',
  'jetstream size overflow': 'jetstream { max_mem: "9223372036854775807T" }',
  'jetstream sync always': 'jetstream { sync_interval: always }',
  'jetstream sync duration': 'jetstream { sync_interval: "10s" }',
  'jetstream sync number': 'jetstream { sync: 10 }',
  'jetstream store twice': 'jetstream { store_dir: "./a", storedir: "./b" }',
  'store dir at both places': 'store_dir: "./a"\njetstream { store_dir: "./b" }',
  'jetstream cipher': 'jetstream { cipher: AES, key: abc }',
  'jetstream cipher chachapoly': 'jetstream { cipher: chachapoly }',
  'jetstream cipher bad': 'jetstream { cipher: rot13 }',
  'jetstream io': 'jetstream { max_concurrent_io: 3 }',
  'jetstream io most': 'jetstream { max_concurrent_io: 8192 }',
  'jetstream limits':
    'jetstream { limits { max_ack_pending: 5, duplicate_window: "1m", batch { timeout: "1s", max_msgs: 5 } } }',
  'jetstream limits duration': 'jetstream { limits { duplicate_window: "x" } }',
  'jetstream tpm':
    'jetstream { tpm { keys_file: k, encryption_password: p, pcr: 3, cipher: aes } }',
  'jetstream strict off': 'jetstream { strict: false }',
  'jetstream enabled false': 'jetstream { enabled: false, domain: d }',
  'operator file': 'operator: "jwt/operator.jwt"\nresolver: MEMORY',
  'operator decorated file': 'operator: "jwt/operator-decorated.jwt"',
  'operator files': 'operators: ["jwt/operator.jwt", "jwt/operator-decorated.jwt"]',
  'operator inline': `operator: ${keys.operatorJwt}`,
  'operator inline plain': `operator: ${keys.plainOperatorJwt}`,
  'operator missing': 'operator: "jwt/none.jwt"',
  'operator account jwt': 'operator: "jwt/account.jwt"',
  'operator user jwt': `operator: ${keys.userJwt}`,
  'operator cut jwt': `operator: ${keys.cutJwt}`,
  'operator bad signature': `operator: ${keys.badSignature}`,
  'operator bad base64': 'operator: "eyJ*.a.b"',
  'operator garbage': 'operator: "jwt/keys.json"',
  'operator array with number': `operator: [ "${keys.operatorJwt}", 1 ]`,
  'resolver memory': 'resolver: mem',
  'resolver url': 'resolver: URL(http://localhost:9090/jwt/v1/accounts/)',
  'resolver url quoted': 'resolver: \'URL("http://localhost:9090")\'',
  'resolver url empty': 'resolver: URL',
  'resolver url bad': 'resolver: "URL(http://localhost:x)"',
  'resolver other': 'resolver: FULL',
  'resolver map without type': 'resolver { dir: "./x" }',
  'resolver full without dir': 'resolver { type: full }',
  'resolver full dir is file': 'resolver { type: full, dir: "jwt/keys.json" }',
  'resolver full dir under file': 'resolver { type: full, dir: "jwt/keys.json/x" }',
  'resolver cache': 'resolver { type: cache, dir: "./tmp-cache", ttl: "1h", limit: 10 }',
  'resolver cache with all':
    'resolver { type: cache, dir: "./tmp-cache", interval: "1h", allow_delete: true, hard_delete: true }',
  'resolver full with ttl': 'resolver { type: full, dir: "./tmp-full", ttl: "1h" }',
  'resolver full hard delete': 'resolver { type: full, dir: "./tmp-full", hard_delete: true }',
  'resolver full complete':
    'resolver { type: full, dir: "./tmp-full", allow_delete: true, hard_delete: true, interval: "2m", timeout: "1s" }',
  'resolver timeout zero': 'resolver { type: full, dir: "./tmp-full", timeout: "0s" }',
  'resolver memory map': 'resolver { type: memory }',
  'resolver ttl bad': 'resolver { type: cache, dir: "./tmp-cache", ttl: x }',
  'resolver unknown key': 'resolver { type: memory, foo: 1 }',
  'resolver type wrong type': 'resolver { type: 1 }',
  'resolver tls': `resolver_tls { ${full} }`,
  'resolver preload': `resolver_preload { ${keys.accountKey}: ${keys.accountJwt} }`,
  'resolver preload bad': `resolver_preload { ${keys.accountKey}: abc }`,
  'resolver preload operator': `resolver_preload { ${keys.accountKey}: ${keys.operatorJwt} }`,
  'resolver pinned': `resolver_pinned_accounts: [ ${keys.accountKey}, ${keys.accountKey} ]`,
  'trusted keys': `trusted_keys: [ ${keys.operatorKey} ]`,
  'trusted keys account': `trusted_keys: ${keys.accountKey}`,
  'ocsp modes': 'ocsp { mode: Always }',
  'ocsp mode bad': 'ocsp { mode: sometimes }',
  'ocsp url': 'ocsp { mode: must, url: "http://a" }',
  'ocsp Mode': 'ocsp { Mode: must }',
  'ocsp urls': 'ocsp { urls: ["http://a"] }',
  'ocsp cache none': 'ocsp_cache { type: none }',
  'ocsp cache complete':
    'ocsp_cache { type: LOCAL, local_store: "_rc_", preserve_revoked: true, save_interval: "1m" }',
  'ocsp cache bad interval': 'ocsp_cache { save_interval: "x" }',
  proxies: `proxies { trusted: [ {key: ${keys.serverKey}}, {public_key: ${keys.curveKey}} ] }`,
  'proxies bad key': 'proxies { trusted: [ {key: X}, {foo: 1} ] }',
  'proxies wrong type ends array': 'proxies { trusted: [ {key: 1}, {foo: 1} ] }',
  'proxies not maps': 'proxies { trusted: [ 1 , a ] }',
  tls: `tls { ${server} }`,
  'tls verify': `tls { ${full}, verify: true }`,
  'tls map': `tls { ${full}, verify_and_map: true }`,
  'tls switched': 'tls { cert_file: "tls/server-key.pem", key_file: "tls/server.pem" }',
  'tls key of other': 'tls { cert_file: "tls/server.pem", key_file: "tls/client-key.pem" }',
  'tls key of other type':
    'tls { cert_file: "tls/server.pem", key_file: "tls/server-ecdsa-key.pem" }',
  'tls without key': 'tls { cert_file: "tls/server.pem" }',
  'tls without cert': 'tls { key_file: "tls/server-key.pem" }',
  'tls ca bad': `tls { ${server}, ca_file: "tls/server-key.pem" }`,
  'tls ca missing': `tls { ${server}, ca_file: "tls/none.pem" }`,
  'tls cert not pem': 'tls { cert_file: "jwt/keys.json", key_file: "tls/server-key.pem" }',
  'tls cert is folder': 'tls { cert_file: "tls", key_file: "tls/server-key.pem" }',
  'tls ciphers': `tls { ${server}, cipher_suites: ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"] }`,
  'tls ciphers unknown': `tls { ${server}, cipher_suites: ["foo"] }`,
  'tls ciphers empty': `tls { ${server}, cipher_suites: [] }`,
  'tls ciphers insecure': `tls { ${server}, cipher_suites: ["TLS_RSA_WITH_AES_128_CBC_SHA"] }`,
  'tls ciphers insecure allowed': `tls { ${server}, allow_insecure_cipher_suites: true, cipher_suites: ["TLS_RSA_WITH_AES_128_CBC_SHA"] }`,
  'tls curves': `tls { ${server}, curve_preferences: ["CurveP256", "X25519"] }`,
  'tls curves unknown': `tls { ${server}, curve_preferences: ["P256"] }`,
  'tls min version': `tls { ${server}, min_version: "1.3" }`,
  'tls min version bad': `tls { ${server}, min_version: "1.1" }`,
  'tls pinned': `tls { ${full}, verify: true, pinned_certs: ["${'ab'.repeat(32)}"] }`,
  'tls pinned bad': `tls { ${full}, verify: true, pinned_certs: ["ab"] }`,
  'tls handshake first': `tls { ${server}, handshake_first: auto }`,
  'tls handshake first duration': `tls { ${server}, handshake_first: "300ms" }`,
  'tls handshake first bad': `tls { ${server}, handshake_first: "soon" }`,
  'tls certs': 'tls { certs: [ {cert_file: "tls/server.pem", key_file: "tls/server-key.pem"} ] }',
  'tls certs second bad':
    'tls { certs: [ {cert_file: "tls/server.pem", key_file: "tls/server-key.pem"}, {cert_file: "x", key_file: "y"} ] }',
  'tls certs and cert file': `tls { ${server}, certs: [ {cert_file: "tls/server.pem", key_file: "tls/server-key.pem"} ] }`,
  'authorization user and token': 'authorization { user: a, password: b, token: c }',
  'authorization user and users': 'authorization { user: a, users: [ {user: b, password: c} ] }',
  'authorization token and users': 'authorization { token: a, users: [ {user: b, password: c} ] }',
  'authorization users twice':
    'authorization { users: [ {user: b, password: c}, {user: b, password: d} ] }',
  'authorization users nkey': `authorization { users: [ {nkey: ${keys.userKey}}, {user: b, password: d} ] }`,
  'authorization users bad nkey': `authorization { users: [ {nkey: ${keys.accountKey}} ] }`,
  'authorization users nkey and user': `authorization { users: [ {nkey: ${keys.userKey}, user: a} ] }`,
  'authorization users without password': 'authorization { users: [ {user: b} ] }',
  'authorization users not maps': 'authorization { users: [ a, 1 ] }',
  'authorization timeout high': 'authorization { token: a, timeout: 61 }',
  'authorization timeout text': 'authorization { token: a, timeout: "5s" }',
  'authorization timeout bad': 'authorization { token: a, timeout: "5" }',
  'authorization permissions':
    'authorization { default_permissions { publish: "a.>", subscribe { allow: ["b", "c q"], deny: d } }, users: [ {user: a, password: b} ] }',
  'authorization permissions bad':
    'authorization { users: [ {user: a, password: b, permissions { publish: "a..b" } } ] }',
  'authorization permissions queue in publish':
    'authorization { users: [ {user: a, password: b, permissions { publish: "a q" } } ] }',
  'authorization permissions three words':
    'authorization { users: [ {user: a, password: b, permissions { subscribe: "a q x" } } ] }',
  'authorization responses':
    'authorization { users: [ {user: a, password: b, permissions { allow_responses { max: 5, expires: "1m" } } } ] }',
  'authorization responses bad':
    'authorization { users: [ {user: a, password: b, permissions { allow_responses { expires: "x" } } } ] }',
  'authorization callout': `accounts { A { users: [ {user: u, password: p} ] } }\nauthorization { auth_callout { issuer: ${keys.accountKey}, account: A, auth_users: [ u ] } }`,
  'authorization callout without users': `authorization { auth_callout { issuer: ${keys.accountKey} } }`,
  'authorization callout allowed': `accounts { A { users: [ {user: u, password: p} ] } }\nauthorization { auth_callout { issuer: ${keys.accountKey}, account: A, auth_users: [ u ], allowed_accounts: [ B ] } }`,
  'listen text': 'listen: "127.0.0.1:4222"',
  'listen without port': 'listen: "127.0.0.1"',
  'listen bad port': 'listen: "127.0.0.1:99x"',
  'listen v6': 'listen: "[::1]:4222"',
  'server name with blank': 'server_name: "a b"',
  'max payload too big': 'max_payload: 3GB',
  'max control line too big': 'max_control_line: 3GB',
  'max sub tokens': 'max_sub_tokens: 256',
  'max sub tokens zero': 'max_sub_tokens: 0',
  'lame duck short': 'lame_duck_duration: "10s"',
  'lame duck grace negative': 'lame_duck_grace_period: "-10s"',
  'lame duck good': 'lame_duck_duration: "1m"\nlame_duck_grace_period: "2s"',
  'ping interval number': 'ping_interval: 20',
  'ping interval bad': 'ping_interval: "20"',
  'write timeout bad': 'write_timeout: never',
  'store dir twice': 'store_dir: "./a"\nstoredir: "./b"',
  'system account': 'accounts { SYS { users: [ {user: a, password: b} ] } }\nsystem_account: SYS',
  'accounts reserved': 'accounts { "$G" { users: [ {user: a, password: b} ] } }',
  'accounts array': 'accounts [ A, B ]',
  'accounts array twice': 'accounts [ A, A ]',
  'accounts users twice':
    'accounts { A { users: [ {user: a, password: b} ] }, B { users: [ {user: a, password: b} ] } }',
  'accounts import':
    'accounts { A { exports: [ {stream: "a.>"}, {service: "s"} ] }, B { imports: [ {stream: {account: A, subject: "a.b"}}, {service: {account: A, subject: s}, to: t} ] } }',
  'accounts import of none':
    'accounts { B { imports: [ {stream: {account: A, subject: "a.b"}} ] } }',
  'accounts import not exported':
    'accounts { A { exports: [ {stream: "a.>"} ] }, B { imports: [ {service: {account: A, subject: s}} ] } }',
  'accounts import prefix and to':
    'accounts { A { exports: [ {stream: "a.>"} ] }, B { imports: [ {stream: {account: A, subject: "a.>"}, prefix: p, to: t} ] } }',
  'accounts latency':
    'accounts { A { exports: [ {service: "s", latency: { sampling: 50%, subject: l } } ] } }',
  'accounts latency bad':
    'accounts { A { exports: [ {service: "s", latency: { sampling: 150, subject: l } } ] } }',
  'accounts mappings':
    'accounts { A { mappings { foo: bar, "a.*": [ {destination: "b.$1", weight: 50%}, {destination: c, weight: "25%"} ] } } }',
  'accounts mappings over 100':
    'accounts { A { mappings { "a": [ {destination: "b", weight: 60%}, {destination: c, weight: 60%} ] } } }',
  mappings: 'mappings { foo: bar }',
  'mappings bad': 'mappings { "foo..": bar }',
  'mappings weight bad': 'mappings { foo: [ {destination: bar, weight: x} ] }',
  'server tags': 'server_tags: ["a:b", "A:B"]',
  'server metadata': 'server_metadata { a: b }',
  'feature flags': 'feature_flags { a: true }',
  'default js domain': 'default_js_domain { A: d }',
  'several errors': 'foo: 1\nport: x\ncluster {\n bar: 1\n}\nlisten: "a"\n',
  'errors and warnings': 'ping_interval: 5\nwrite_deadline: 1\nfoo: 1\n',
  'gnatsd 0.8':
    'port: 4242\nnet: apcera.me\nhttp_port: 8222\nauthorization { user: derek, password: "x", timeout: 1 }\ncluster { host: "127.0.0.1", port: 4244, authorization { user: route_user, password: top_secret, timeout: 1 }\n routes = [ nats-route://foo:bar@apcera.me:4245\n nats-route://foo:bar@apcera.me:4246\n ] }\ndebug: false\ntrace: true\nlogtime: false\nlog_file: "/tmp/gnatsd.log"\npid_file: "/tmp/gnatsd.pid"\nmax_connections: 100\nmax_control_line: 2048\nmax_payload: 65536\nmax_pending: 10000000\n',
  'gnatsd max pending size': 'max_pending_size: 10000000\n',
};

export const blockSurroundings = { files: {}, env: {} };

export function blockCases() {
  const named = Object.entries(rules).map(([name, text]) => ({
    name: `rule ${name}`,
    text: `${text}\n`,
  }));
  return [...matrix(), ...named].map((one) => ({ ...one, surroundings: 'blocks' }));
}
