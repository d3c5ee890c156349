// Configuration files about options outside the blocks of other servers and protocols: every top-level
// key with values of every kind, and the rules of authorization, accounts, mappings and tls.

const values = {
  text: 'abc',
  number: '7',
  zero: '0',
  negative: '-1',
  huge: '99999999999',
  float: '1.5',
  boolean: 'true',
  off: 'false',
  duration: '"45s"',
  'duration without unit': '"45"',
  'long duration': '"3h2m1.5s"',
  date: '2026-04-05T06:07:08Z',
  empty: '""',
  array: '[a, b]',
  'array of numbers': '[1, 2]',
  'empty array': '[]',
  'array of maps': '[ { a: b } ]',
  map: '{ a: b }',
  'map of numbers': '{ a: 1 }',
  'map of booleans': '{ a: true }',
  'empty map': '{}',
};

/** Inside blocks fewer kinds do. */
const innerKinds = [
  'text',
  'number',
  'negative',
  'float',
  'boolean',
  'duration',
  'date',
  'array',
  'array of maps',
  'map',
];

const keys = [
  'listen',
  'client_advertise',
  'port',
  'server_name',
  'host',
  'net',
  'debug',
  'trace',
  'trace_verbose',
  'trace_headers',
  'logtime',
  'logtime_utc',
  'mappings',
  'maps',
  'disable_sublist_cache',
  'no_sublist_cache',
  'accounts',
  'default_sentinel',
  'authorization',
  'http',
  'https',
  'http_port',
  'monitor_port',
  'https_port',
  'http_base_path',
  'logfile',
  'log_file',
  'logfile_size_limit',
  'log_size_limit',
  'logfile_max_num',
  'log_max_num',
  'syslog',
  'remote_syslog',
  'pidfile',
  'pid_file',
  'ports_file_dir',
  'prof_port',
  'prof_block_rate',
  'max_control_line',
  'max_payload',
  'max_pending',
  'proxy_protocol',
  'max_connections',
  'max_conn',
  'max_traced_msg_len',
  'max_subscriptions',
  'max_subs',
  'max_sub_tokens',
  'max_subscription_tokens',
  'ping_interval',
  'ping_max',
  'tls',
  'allow_non_tls',
  'write_deadline',
  'write_timeout',
  'lame_duck_duration',
  'lame_duck_grace_period',
  'no_auth_user',
  'system_account',
  'system',
  'no_system_account',
  'no_system',
  'no_sys_acc',
  'no_header_support',
  'trusted',
  'trusted_keys',
  'connect_error_reports',
  'reconnect_error_reports',
  'server_tags',
  'server_metadata',
  'feature_flags',
  'default_js_domain',
  'no_fast_producer_stall',
  'max_closed_clients',
];

/** Blocks whose keys each get every kind of value; `%` is where `key: value` stands. */
const blocks = {
  authorization: {
    text: 'authorization { % }',
    keys: [
      'user',
      'username',
      'pass',
      'password',
      'token',
      'timeout',
      'users',
      'default_permission',
      'default_permissions',
      'permissions',
      'auth_callout',
      'auth_hook',
      'proxy_required',
      'other',
    ],
  },
  user: {
    text: 'authorization { users: [ { user: u, % } ] }',
    keys: [
      'nkey',
      'pass',
      'permission',
      'permissions',
      'authorization',
      'allowed_connection_types',
      'connection_types',
      'clients',
      'proxy_required',
      'other',
    ],
  },
  permissions: {
    text: 'authorization { users: [ { user: u, permissions { % } } ] }',
    keys: [
      'pub',
      'publish',
      'import',
      'sub',
      'subscribe',
      'export',
      'publish_allow_responses',
      'allow_responses',
      'other',
    ],
  },
  subjects: {
    text: 'authorization { users: [ { user: u, permissions { sub { % } } } ] }',
    keys: ['allow', 'deny', 'other'],
  },
  responses: {
    text: 'authorization { users: [ { user: u, permissions { allow_responses { % } } } ] }',
    keys: ['max', 'max_msgs', 'max_messages', 'max_responses', 'expires', 'expiration', 'ttl', 'o'],
  },
  tls: {
    text: 'tls { % }',
    keys: [
      'cert_file',
      'key_file',
      'ca_file',
      'insecure',
      'verify',
      'verify_and_map',
      'verify_cert_and_check_known_urls',
      'allow_insecure_cipher_suites',
      'cipher_suites',
      'curve_preferences',
      'timeout',
      'connection_rate_limit',
      'pinned_certs',
      'cert_store',
      'cert_match_by',
      'cert_match',
      'ca_certs_match',
      'handshake_first',
      'first',
      'immediate',
      'cert_match_skip_invalid',
      'ocsp_peer',
      'certs',
      'certificates',
      'min_version',
      'other',
    ],
  },
  'ocsp peer': {
    text: 'tls { ocsp_peer { % } }',
    keys: [
      'verify',
      'ca_timeout',
      'allowed_clockskew',
      'cache_ttl_when_next_update_unset',
      'warn_only',
      'unknown_is_good',
      'allow_when_ca_unreachable',
      'other',
    ],
  },
  account: {
    text: 'accounts { A { % } }',
    keys: [
      'nkey',
      'imports',
      'exports',
      'jetstream',
      'users',
      'default_permissions',
      'mappings',
      'maps',
      'limits',
      'msg_trace',
      'trace_dest',
      'other',
    ],
  },
  'account limits': {
    text: 'accounts { A { limits { % } } }',
    keys: [
      'max_connections',
      'max_conn',
      'max_subscriptions',
      'max_subs',
      'max_payload',
      'max_pay',
      'max_leafnodes',
      'max_leafs',
      'other',
    ],
  },
  'account jetstream': {
    text: 'accounts { A { jetstream { % } } }',
    keys: [
      'max_memory',
      'max_store',
      'max_streams',
      'max_consumers',
      'max_bytes_required',
      'mem_max_stream_bytes',
      'disk_max_stream_bytes',
      'max_ack_pending',
      'cluster_traffic',
      'other',
    ],
  },
  trace: {
    text: 'accounts { A { msg_trace { dest: a, % } } }',
    keys: ['dest', 'sampling', 'other'],
  },
  export: {
    text: 'accounts { A { exports: [ { service: "q.*", % } ] } }',
    keys: [
      'stream',
      'response',
      'response_type',
      'threshold',
      'response_threshold',
      'response_max_time',
      'response_time',
      'accounts',
      'latency',
      'account_token_position',
      'allow_trace',
      'other',
    ],
  },
  'stream export': {
    text: 'accounts { A { exports: [ { stream: "q.*", % } ] } }',
    keys: ['service', 'accounts', 'account_token_position', 'other'],
  },
  latency: {
    text: 'accounts { A { exports: [ { service: "q", latency { subject: lat, % } } ] } }',
    keys: ['sampling', 'other'],
  },
  'import source': {
    text: 'accounts { A { imports: [ { stream { subject: s, % } } ] }, B { exports: [ { stream: s } ] } }',
    keys: ['account', 'other'],
  },
  import: {
    text: 'accounts { A { imports: [ { stream { account: B, subject: "s" }, % } ] }, B { exports: [ { stream: s } ] } }',
    keys: ['service', 'prefix', 'to', 'share', 'allow_trace', 'other'],
  },
  destination: {
    text: 'mappings { a: { destination: b, % } }',
    keys: ['weight', 'cluster', 'other'],
  },
};

const files = {
  'listen host and port': 'listen: "127.0.0.1:4223"',
  'listen ipv6': 'listen: "[::1]:4223"',
  'listen bare ipv6': 'listen: "::1"',
  'listen only port text': 'listen: ":4223"',
  'listen plus port': 'listen: "h:+4"',
  'listen huge port': 'listen: "h:99999999999999999999"',
  'listen port word': 'listen: "h:http"',
  'listen brackets without port': 'listen: "[::1]"',
  'listen two colons': 'listen: "a:b:c"',
  'http host': 'http: "localhost:8222"',
  'server name with space': 'server_name: "a b"',
  'upper case keys': 'PORT: 4223\nMax_Payload: 1MB',
  'upper case key in message': 'MAX_PAYLOAD: 3GB',
  'unknown key': 'prot: 4222',
  'unknown key used as variable': 'x: 4222\nport: $x',
  'lame duck too short': 'lame_duck_duration: "29s"',
  'lame duck in milliseconds': 'lame_duck_duration: "1500ms"',
  'negative grace': 'lame_duck_grace_period: "-1s"',
  'sub tokens too many': 'max_sub_tokens: 256',
  'write timeout': 'write_timeout: retry',
  'ping interval number': 'ping_interval: 60',
  'durations of all units': 'ping_interval: "1h1m1s1ms1us1ns"',
  'duration with fraction': 'ping_interval: "1.5h"',
  'duration with unknown unit': 'ping_interval: "5x"',
  'duration with sign': 'ping_interval: "-5s"',
  'duration point only': 'ping_interval: ".s"',
  'duration too long': 'ping_interval: "9999999h"',
  'duration zero': 'ping_interval: "0"',
  'trusted keys not nkeys': 'trusted_keys: [a, b]',
  'single user': 'authorization { user: a, password: b }',
  'user and token': 'authorization { user: a, token: b }',
  'user and users': 'authorization { user: a, password: b, users: [ { user: c } ] }',
  'user and no users': 'authorization { user: a, users: [] }',
  'token and users': 'authorization { token: a, users: [ { user: c } ] }',
  'timeout high': 'authorization { user: a, timeout: 61 }',
  'timeout high float': 'authorization { user: a, timeout: 61.5 }',
  'timeout high text': 'authorization { user: a, timeout: "2m" }',
  'timeout minute': 'authorization { user: a, timeout: 60 }',
  'duplicate users': 'authorization { users: [ { user: a }, { user: a } ] }',
  'user without name': 'authorization { users: [ { password: a } ] }',
  'empty user': 'authorization { users: [ {} ] }',
  'user as text': 'authorization { users: [ a ] }',
  'nkey user':
    'authorization { users: [ { nkey: UB7XOKDB4EGCBUC3ZCDAWTYXCDSSZTZVSLOYYMQ3A2FBP6KLCHBTPN2M } ] }',
  'nkey user twice':
    'authorization { users: [ { nkey: UB7XOKDB4EGCBUC3ZCDAWTYXCDSSZTZVSLOYYMQ3A2FBP6KLCHBTPN2M }, { nkey: UB7XOKDB4EGCBUC3ZCDAWTYXCDSSZTZVSLOYYMQ3A2FBP6KLCHBTPN2M } ] }',
  'nkey user with password':
    'authorization { users: [ { nkey: UB7XOKDB4EGCBUC3ZCDAWTYXCDSSZTZVSLOYYMQ3A2FBP6KLCHBTPN2M, password: a } ] }',
  'nkey bad': 'authorization { users: [ { nkey: UABC } ] }',
  'connection types': 'authorization { users: [ { user: a, clients: [standard, WEBSOCKET] } ] }',
  'connection types unknown':
    'authorization { users: [ { user: a, clients: [standard, x, "y z"] } ] }',
  'permissions all forms':
    'authorization { users: [ { user: a, permissions { publish: "a.>", subscribe { allow: [a, "b q"], deny: c }, allow_responses: true } } ] }',
  'permission bad subject':
    'authorization { users: [ { user: a, permissions { publish: "a..b" } } ] }',
  'permission bad subjects':
    'authorization { users: [ { user: a, permissions { publish: [a, "b."] } } ] }',
  'permission deny bad':
    'authorization { users: [ { user: a, permissions { publish { deny: "a b" } } } ] }',
  'permission queue':
    'authorization { users: [ { user: a, permissions { subscribe: "a *.q" } } ] }',
  'permission bad queue':
    'authorization { users: [ { user: a, permissions { subscribe { allow: "a b..c" } } } ] }',
  'permission bad queue subject':
    'authorization { users: [ { user: a, permissions { subscribe { allow: "a..b c" } } } ] }',
  'permission three words':
    'authorization { users: [ { user: a, permissions { subscribe { allow: "a b c" } } } ] }',
  'permission empty':
    'authorization { users: [ { user: a, permissions { publish {}, subscribe: [] } } ] }',
  'responses limits':
    'authorization { users: [ { user: a, permissions { allow_responses { max: -1, expires: "1m" } } } ] }',
  'default permissions':
    'authorization { default_permissions { publish: a }, users: [ { user: a } ] }',
  'callout empty': 'authorization { auth_callout {} }',
  'callout bad issuer': 'authorization { auth_callout { issuer: abc } }',
  'callout users text': 'authorization { auth_callout { auth_users: abc } }',
  'callout issuer number': 'authorization { auth_callout { issuer: 5 } }',
  'callout unknown': 'authorization { auth_callout { what: 5 } }',
  'callout no users':
    'authorization { auth_callout { issuer: ABJHLOVMPA4CI6R5KLNGOB4GSLNIY7IOUPAJC4YFNDLQVIOBYQGUWVLA } }',
  'callout complete':
    'authorization { users: [ { user: a } ], auth_callout { issuer: ABJHLOVMPA4CI6R5KLNGOB4GSLNIY7IOUPAJC4YFNDLQVIOBYQGUWVLA, auth_users: [a] } }',
  'callout unknown account':
    'authorization { users: [ { user: a } ], auth_callout { issuer: ABJHLOVMPA4CI6R5KLNGOB4GSLNIY7IOUPAJC4YFNDLQVIOBYQGUWVLA, auth_users: [a], allowed_accounts: [X] } }',
  'callout bad xkey': 'authorization { auth_callout { xkey: abc } }',
  'accounts names': 'accounts: [A, B]',
  'accounts names twice': 'accounts: [A, A]',
  'accounts reserved name': 'accounts: ["$G"]',
  'accounts reserved': 'accounts { "$G" {} }',
  'accounts system': 'accounts { "$SYS" { users: [ { user: sys, password: x } ] } }',
  'accounts text': 'accounts { A: b }',
  'account bad nkey': 'accounts { A { nkey: abc } }',
  'account duplicate users':
    'accounts { A { users: [ { user: a } ] }, B { users: [ { user: a } ] } }',
  'account users and single user':
    'authorization { user: x, password: y }\naccounts { A { users: [ { user: a } ] } }',
  'account users and token':
    'authorization { token: x }\naccounts { A { users: [ { user: a } ] } }',
  'account user also in authorization':
    'authorization { users: [ { user: a } ] }\naccounts { A { users: [ { user: b } ] } }',
  'account jetstream words': 'accounts { A { jetstream: enabled }, B { jetstream: disable } }',
  'account trace without destination': 'accounts { A { msg_trace { sampling: 30 } } }',
  'account trace sampling high': 'accounts { A { msg_trace { dest: a, sampling: 101 } } }',
  'account trace wildcard': 'accounts { A { msg_trace: "a.*" } }',
  'export unknown account': 'accounts { A { exports: [ { stream: s, accounts: [B] } ] } }',
  'service export unknown account': 'accounts { A { exports: [ { service: s, accounts: [B] } ] } }',
  'export of nothing': 'accounts { A { exports: [ { accounts: [A] } ] } }',
  'export token position':
    'accounts { A { exports: [ { stream: "s.*", account_token_position: 2 } ] } }',
  'export token position wrong':
    'accounts { A { exports: [ { stream: "s.*", account_token_position: 1 } ] } }',
  'latency on service subject':
    'accounts { A { exports: [ { service: "s.>", latency: "s.x" } ] } }',
  'latency on stream service':
    'accounts { A { exports: [ { service: s, latency: x, response: stream } ] } }',
  'latency wildcard': 'accounts { A { exports: [ { service: s, latency: "x.*" } ] } }',
  'latency without system account':
    'no_system_account: true\naccounts { A { exports: [ { service: s, latency: x } ] } }',
  'latency on stream': 'accounts { A { exports: [ { stream: s, latency: x } ] } }',
  'latency headers':
    'accounts { A { exports: [ { service: s, latency { subject: x, sampling: " Headers" } } ] } }',
  'latency percent':
    'accounts { A { exports: [ { service: s, latency { subject: x, sampling: "30%" } } ] } }',
  'latency no subject': 'accounts { A { exports: [ { service: s, latency { sampling: 30 } } ] } }',
  'import unknown account': 'accounts { A { imports: [ { stream { account: B, subject: s } } ] } }',
  'service import unknown account':
    'accounts { A { imports: [ { service { account: B, subject: s } } ] } }',
  'import not exported':
    'accounts { A { imports: [ { stream { account: B, subject: s } } ] }, B {} }',
  'import exported wider':
    'accounts { A { imports: [ { stream { account: B, subject: "s.a" }, prefix: p } ] }, B { exports: [ { stream: "s.>" } ] } }',
  'import not approved':
    'accounts { A { imports: [ { stream { account: B, subject: s } } ] }, B { exports: [ { stream: s, accounts: [C] } ] }, C {} }',
  'import approved':
    'accounts { A { imports: [ { stream { account: B, subject: s } } ] }, B { exports: [ { stream: s, accounts: [A] } ] } }',
  'import by position':
    'accounts { A { imports: [ { stream { account: B, subject: "s.A" } } ] }, B { exports: [ { stream: "s.*", account_token_position: 2 } ] } }',
  'import by wrong position':
    'accounts { A { imports: [ { stream { account: B, subject: "s.B" } } ] }, B { exports: [ { stream: "s.*", account_token_position: 2 } ] } }',
  'import prefix wildcard':
    'accounts { A { imports: [ { stream { account: B, subject: s }, prefix: "p.*" } ] }, B { exports: [ { stream: s } ] } }',
  'import twice':
    'accounts { A { imports: [ { stream { account: B, subject: s } }, { stream { account: B, subject: s } } ] }, B { exports: [ { stream: s } ] } }',
  'import transform':
    'accounts { A { imports: [ { stream { account: B, subject: "s.*.*" }, to: "t.$2.$1" } ] }, B { exports: [ { stream: "s.*.*" } ] } }',
  'import transform loses':
    'accounts { A { imports: [ { stream { account: B, subject: "s.*.*" }, to: "t.$2" } ] }, B { exports: [ { stream: "s.*.*" } ] } }',
  'import transform function':
    'accounts { A { imports: [ { stream { account: B, subject: "s.*" }, to: "t.{{partition(3,1)}}" } ] }, B { exports: [ { stream: "s.*" } ] } }',
  'service import transform':
    'accounts { A { imports: [ { service { account: B, subject: "s.*.*" }, to: "t.$2.$1" } ] }, B { exports: [ { service: "s.*.*" } ] } }',
  'service import transform loses':
    'accounts { A { imports: [ { service { account: B, subject: "s.*.*" }, to: "t.$2" } ] }, B { exports: [ { service: "s.*.*" } ] } }',
  'service import not approved':
    'accounts { A { imports: [ { service { account: B, subject: s } } ] }, B { exports: [ { service: s, accounts: [B] } ] } }',
  'service import twice':
    'accounts { A { imports: [ { service { account: B, subject: s } }, { service { account: B, subject: s } } ] }, B { exports: [ { service: s } ] } }',
  'service import same subject of two':
    'accounts { A { imports: [ { service { account: B, subject: s } }, { service { account: C, subject: s } } ] }, B { exports: [ { service: s } ] }, C { exports: [ { service: s } ] } }',
  'service import bad subject':
    'accounts { A { imports: [ { service { account: B, subject: "s..t" } } ] }, B { exports: [ { service: "s..t" } ] } }',
  'stream cycle':
    'accounts { A { exports: [ { stream: s } ], imports: [ { stream { account: B, subject: s } } ] }, B { exports: [ { stream: s } ], imports: [ { stream { account: A, subject: s } } ] } }',
  'service cycle':
    'accounts { A { exports: [ { service: s } ], imports: [ { service { account: B, subject: s } } ] }, B { exports: [ { service: s } ], imports: [ { service { account: A, subject: s } } ] } }',
  'import item text': 'accounts { A { imports: [ a ] } }',
  'export item text': 'accounts { A { exports: [ a ] } }',
  'import source text': 'accounts { A { imports: [ { service: a } ] } }',
  'import source empty': 'accounts { A { imports: [ { service {} } ] } }',
  'stream and service import':
    'accounts { A { imports: [ { stream { account: B, subject: s }, service { account: B, subject: s } } ] } }',
  'stream and service export': 'accounts { A { exports: [ { stream: s, service: s } ] } }',
  'account key used as variable': 'accounts { x: 5, A { limits { max_conn: $x } } }',
  'mapping simple': 'mappings { a: b }',
  'mapping of bad subject': 'mappings { "a b": c }',
  'mapping index': 'mappings { "a.*": "b.$2" }',
  'mapping function unknown': 'mappings { "a.*": "b.{{foo(1)}}" }',
  'mapping function arguments': 'mappings { "a.*": "b.{{partition()}}" }',
  'mapping function many arguments': 'mappings { "a.*": "b.{{wildcard(1,2)}}" }',
  'mapping function bad argument': 'mappings { "a.*": "b.{{split(1)}}" }',
  'mapping all functions':
    'mappings { "a.*.*": "b.{{wildcard(1)}}.{{partition(3,1,2)}}.{{split(1,-)}}.{{splitfromleft(2,1)}}.{{right(1,2)}}" }',
  'mapping weights over':
    'mappings { a: [ { destination: b, weight: 60 }, { destination: c, weight: 60 } ] }',
  'mapping weights by cluster':
    'mappings { a: [ { destination: b, weight: 60, cluster: x }, { destination: c, weight: "60%", cluster: y } ] }',
  'mapping twice the same':
    'mappings { a: [ { destination: b, weight: 10 }, { destination: b, weight: 10 } ] }',
  'mapping weight 101': 'mappings { a: { destination: b, weight: 101 } }',
  'mapping weight text': 'mappings { a: { destination: b, weight: "x%" } }',
  'mapping weight missing': 'mappings { a: { destination: b } }',
  'mapping number': 'mappings { a: 5 }',
  'mapping of text in array': 'mappings { a: [ b ] }',
  'mapping to wildcard': 'mappings { a: "b.*" }',
  'mapping full wildcard': 'mappings { "a.>": "b.>" }',
  'mapping full wildcard lost': 'mappings { "a.>": "b" }',
  'mapping in account': 'accounts { A { mappings { "a.*": "b.$3" } } }',
  'tls good':
    'tls { cert_file: "tls/server.pem", key_file: "tls/server-key.pem", ca_file: "tls/ca.pem", verify: true, timeout: 2 }',
  'tls ecdsa': 'tls { cert_file: "tls/server-ecdsa.pem", key_file: "tls/server-ecdsa-key.pem" }',
  'tls key of other type':
    'tls { cert_file: "tls/server-ecdsa.pem", key_file: "tls/server-key.pem" }',
  'tls key of other': 'tls { cert_file: "tls/server.pem", key_file: "tls/client-key.pem" }',
  'tls switched': 'tls { cert_file: "tls/server-key.pem", key_file: "tls/server.pem" }',
  'tls certificate as key': 'tls { cert_file: "tls/server.pem", key_file: "tls/server.pem" }',
  'tls both in one file': 'tls { cert_file: "tls/both.pem", key_file: "tls/both.pem" }',
  'tls no pem': 'tls { cert_file: "tls/text.pem", key_file: "tls/server-key.pem" }',
  'tls key no pem': 'tls { cert_file: "tls/server.pem", key_file: "tls/text.pem" }',
  'tls other pem': 'tls { cert_file: "tls/other.pem", key_file: "tls/other.pem" }',
  'tls key other pem': 'tls { cert_file: "tls/server.pem", key_file: "tls/other.pem" }',
  'tls empty file': 'tls { cert_file: "tls/empty.pem", key_file: "tls/server-key.pem" }',
  'tls missing key': 'tls { cert_file: "tls/server.pem" }',
  'tls missing cert': 'tls { key_file: "tls/server-key.pem" }',
  'tls cert not there': 'tls { cert_file: "nope.pem", key_file: "tls/server-key.pem" }',
  'tls key not there': 'tls { cert_file: "tls/server.pem", key_file: "nope.pem" }',
  'tls cert is a folder': 'tls { cert_file: "tls", key_file: "tls/server-key.pem" }',
  'tls ca not there': 'tls { ca_file: "nope.pem" }',
  'tls ca no pem': 'tls { ca_file: "tls/text.pem" }',
  'tls ca empty': 'tls { ca_file: "tls/empty.pem" }',
  'tls ca is a key': 'tls { ca_file: "tls/server-key.pem" }',
  'tls certs':
    'tls { certs: [ { cert_file: "tls/server.pem", key_file: "tls/server-key.pem" }, { cert_file: "tls/server-ecdsa.pem", key_file: "tls/server-ecdsa-key.pem" } ] }',
  'tls certs second bad':
    'tls { certs: [ { cert_file: "tls/server.pem", key_file: "tls/server-key.pem" }, { cert_file: "nope.pem", key_file: "tls/server-ecdsa-key.pem" } ] }',
  'tls certs and cert_file':
    'tls { cert_file: "tls/server.pem", key_file: "tls/server-key.pem", certs: [ { cert_file: "tls/server.pem", key_file: "tls/server-key.pem" } ] }',
  'tls certs incomplete': 'tls { certs: [ { cert_file: "tls/server.pem" } ] }',
  'tls certs empty': 'tls { certs: [ {} ] }',
  'tls certs unknown': 'tls { certs: [ { cert: "x" } ] }',
  'tls cipher suites':
    'tls { cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_AES_128_GCM_SHA256] }',
  'tls cipher insecure': 'tls { cipher_suites: [TLS_RSA_WITH_RC4_128_SHA] }',
  'tls cipher insecure allowed':
    'tls { cipher_suites: [TLS_RSA_WITH_RC4_128_SHA], allow_insecure_cipher_suites: true }',
  'tls curves': 'tls { curve_preferences: [X25519, CurveP256, X25519MLKEM768] }',
  'tls min version 1.3': 'tls { min_version: "1.3" }',
  'tls min version 1.1': 'tls { min_version: "1.1" }',
  'tls handshake first auto': 'tls { handshake_first: Auto }',
  'tls handshake first duration': 'tls { first: "300ms" }',
  'tls pinned':
    'tls { pinned_certs: ["A0B1C2D3E4F5A0B1C2D3E4F5A0B1C2D3E4F5A0B1C2D3E4F5A0B1C2D3E4F5A0B1"] }',
  'tls store': 'tls { cert_store: WindowsLocalMachine }',
  'tls match by': 'tls { cert_match_by: Subject }',
  'tls check known urls': 'tls { verify_cert_and_check_known_urls: true }',
  'tls key used as variable': 'tls { x: 5, timeout: $x }',
  'authorization key used as variable': 'authorization { x: 5, timeout: $x }',
  'old style sample':
    'listen: localhost:4242\nhttp: localhost:8222\nauthorization {\n  user: derek\n  password: $2a$11$W2zko751KUvVy59mUTWmpOdWjpEm5qhcCZRd05GjI/sSOT.xtiHyG\n  timeout: 1\n}\ndebug: false\ntrace: true\nlogtime: false\nlog_file: "/tmp/nats-server.log"\npid_file: "/tmp/nats-server.pid"\nmax_connections: 100\nmax_control_line: 512\nmax_payload: 65536\n',
  'good nkey user':
    'authorization { users: [ { nkey: UB664WIZFJO2SPLNLJ7HX3FG4WC4REHCBC2FPWOV2MD32CYYNE2GZAGD } ] }',
  'good nkey user twice':
    'authorization { users: [ { nkey: UB664WIZFJO2SPLNLJ7HX3FG4WC4REHCBC2FPWOV2MD32CYYNE2GZAGD }, { nkey: UB664WIZFJO2SPLNLJ7HX3FG4WC4REHCBC2FPWOV2MD32CYYNE2GZAGD } ] }',
  'good nkey user with password':
    'authorization { users: [ { nkey: UB664WIZFJO2SPLNLJ7HX3FG4WC4REHCBC2FPWOV2MD32CYYNE2GZAGD, password: a } ] }',
  'good nkey of another kind':
    'authorization { users: [ { nkey: ACNJMHNBBZDHJSFI7GAQ36DXMLIWIOJTDRK2TWQWTWAVVU22V5IC57V4 } ] }',
  'good nkey in lower case':
    'authorization { users: [ { nkey: ub664wizfjo2splnlj7hx3fg4wc4rehcbc2fpwov2md32cyyne2gzagd } ] }',
  'good nkey cut':
    'authorization { users: [ { nkey: UB664WIZFJO2SPLNLJ7HX3FG4WC4REHCBC2FPWOV2MD32CYYNE2GZAG } ] }',
  'good nkey of two accounts':
    'accounts { A { users: [ { nkey: UB664WIZFJO2SPLNLJ7HX3FG4WC4REHCBC2FPWOV2MD32CYYNE2GZAGD } ] }, B { users: [ { nkey: UB664WIZFJO2SPLNLJ7HX3FG4WC4REHCBC2FPWOV2MD32CYYNE2GZAGD } ] } }',
  'good trusted key': 'trusted_keys: OCNEZWF7ALFKKBCNF3Y76SFKQYFORHAHW7V7OHIJC5FBYGVQHHVBANB2',
  'good trusted keys': 'trusted: [OCNEZWF7ALFKKBCNF3Y76SFKQYFORHAHW7V7OHIJC5FBYGVQHHVBANB2]',
  'trusted key of an account':
    'trusted_keys: [ACNJMHNBBZDHJSFI7GAQ36DXMLIWIOJTDRK2TWQWTWAVVU22V5IC57V4]',
  'account with nkey':
    'accounts { A { nkey: ACNJMHNBBZDHJSFI7GAQ36DXMLIWIOJTDRK2TWQWTWAVVU22V5IC57V4 } }',
  'account with nkey of a user':
    'accounts { A { nkey: UB664WIZFJO2SPLNLJ7HX3FG4WC4REHCBC2FPWOV2MD32CYYNE2GZAGD } }',
  'callout with xkey':
    'authorization { auth_callout { issuer: ACNJMHNBBZDHJSFI7GAQ36DXMLIWIOJTDRK2TWQWTWAVVU22V5IC57V4, users: [a], xkey: XBGSIXS3277ULRRAD56F4V2TYI26WX4ABNMQYGFZ7SQ4UVPSNDKWKYL4, allowed_accounts: ["$G"] } }',
  'callout issuer of a user':
    'authorization { auth_callout { issuer: UB664WIZFJO2SPLNLJ7HX3FG4WC4REHCBC2FPWOV2MD32CYYNE2GZAGD, users: [a] } }',
  'routes with two wrong types': 'cluster { routes: [ 5, 6 ] }',
  'account names with wrong types': 'accounts: [\n  5\n  6\n]',
  'destinations with wrong types':
    'mappings { a: [ { destination: 5, weight: 1 }, { destination: 6, weight: 1 } ] }',
  'users with wrong types': 'authorization { users: [ { user: 5 }, { user: 6 } ] }',
  'exports with wrong types':
    'accounts { A { exports: [ { stream: s, accounts: 5 }, { stream: t, accounts: 6 } ] } }',
};

export function optionCases() {
  const cases = [];
  for (const key of keys) {
    for (const [kind, value] of Object.entries(values)) {
      cases.push({ name: `option ${key} ${kind}`, text: `${key}: ${value}` });
    }
  }
  for (const [block, { text, keys: inner }] of Object.entries(blocks)) {
    for (const key of inner) {
      for (const kind of innerKinds) {
        // On a line of its own, so that the place of the key tells it from the block's.
        const line = `\n  ${key}: ${values[kind]}\n`;
        cases.push({
          name: `option in ${block} ${key} ${kind}`,
          text: text.replace('%', () => line),
        });
      }
    }
  }
  for (const [name, text] of Object.entries(files)) cases.push({ name: `options: ${name}`, text });
  return cases;
}
