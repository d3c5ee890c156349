/** The configurations that the recorded sessions and monitoring documents run in. */
import { accountConfigs } from './configs/accounts.ts';
import { authenticationConfigs } from './configs/authentication.ts';
import { authorizationConfigs } from './configs/authorization.ts';
import { reloadConfigs } from './configs/reloads.ts';
import { traceConfigs } from './configs/traces.ts';
import type { TargetConfig } from './target.ts';

const bcryptOfSecret = '$2b$04$NciWzjp9Ig/yCnbZ0ajVE.MfP7E0WzDJw/xwnOgEmM2X.GouVW.EW';
const tls = (extra: string) =>
  `tls { cert_file: "@CERTS@/server-ecdsa.pem", key_file: "@CERTS@/server-ecdsa-key.pem", ca_file: "@CERTS@/ca.pem", timeout: 5 ${extra} }`;
const users = (list: string) => `authorization { users: [ ${list} ] }`;
const one = (permissions: string) =>
  users(`{user: u, password: p, permissions: ${permissions}}
 {user: admin, password: p}`);

const texts: Record<string, string> = {
  plain: '',
  // INFO and identity
  named: 'server_name: "named"',
  noHeaders: 'no_header_support: true',
  advertise: 'client_advertise: "example.com:4333"',
  cluster: 'server_name: "n1"\ncluster { name: "C1", listen: "127.0.0.1:-1" }',
  clusterAdvertise:
    'client_advertise: "example.com:4333"\ncluster { name: "C1", listen: "127.0.0.1:-1" }',
  clusterNoAdvertise: 'cluster { name: "C1", listen: "127.0.0.1:-1", no_advertise: true }',
  tags: 'server_tags: [a, b]',
  smallPayload: 'max_payload: 1k',
  // limits
  maxConnections: 'max_connections: 2',
  maxSubscriptions: 'max_subscriptions: 2',
  maxSubTokens: 'max_sub_tokens: 3',
  maxControlLine: 'max_control_line: 512',
  maxPayload: 'max_payload: 100',
  maxPending: 'max_pending: 200000\nmax_payload: 100000\nwrite_deadline: "2s"',
  writeDeadline: 'write_deadline: "300ms"\nmax_payload: 100000',
  fastPing: 'ping_interval: "300ms"\nping_max: 2',
  fastPingOne: 'ping_interval: "300ms"\nping_max: 1',
  // mappings
  mapped: `mappings {
    "m.a": "n.a"
    "m.w.*.*": "n.w.$2.$1"
    "m.f.*": "n.f.{{wildcard(1)}}.x"
    "m.p.*.*": "n.p.{{partition(10,1,2)}}.{{wildcard(1)}}"
    "m.s.*": "n.s.{{split(1,-)}}"
    "m.sl.*": "n.sl.{{splitfromleft(1,3)}}"
    "m.sr.*": "n.sr.{{SplitFromRight(1,3)}}"
    "m.cl.*": "n.cl.{{slicefromleft(1,2)}}"
    "m.cr.*": "n.cr.{{SliceFromRight(1,2)}}"
    "m.l.*": "n.l.{{left(1,2)}}"
    "m.r.*": "n.r.{{ Right( 1 , 2 ) }}"
    "m.t.>": "n.t.>"
    "m.rnd.*": "n.rnd.{{random(1)}}.$1"
    "m.drop": [ { destination: "m.drop", weight: 0% } ]
    "m.all": [ { destination: "n.all", weight: 100% } ]
  }`,
  // authentication
  user: 'authorization { user: u, password: p }',
  userShort: 'authorization { user: u, password: p, timeout: 0.4 }',
  token: 'authorization { token: "s3cret" }',
  bcryptUser: `authorization { user: u, password: "${bcryptOfSecret}" }`,
  bcryptToken: `authorization { token: "${bcryptOfSecret}" }`,
  users: users('{user: a, password: pa}, {user: b, password: pb}'),
  noAuthUser: `${users('{user: a, password: pa}, {user: guest, password: x, permissions: {publish: "g.>", subscribe: "g.>"}}')}\nno_auth_user: guest`,
  userPings: 'authorization { user: u, password: p }\nping_interval: "300ms"',
  connectionTypes: users(
    '{user: ws, password: p, allowed_connection_types: ["WEBSOCKET"]}, {user: std, password: p, allowed_connection_types: ["STANDARD"]}',
  ),
  // permissions
  allow: one('{publish: ["p.>", "q.*"], subscribe: ["s.>", "_INBOX.>"]}'),
  deny: one('{publish: {deny: ["p.>", "q.*"]}, subscribe: {deny: ["s.>", "t.x"]}}'),
  allowDeny: one(
    '{publish: {allow: "p.>", deny: "p.no.>"}, subscribe: {allow: "s.>", deny: "s.no.*"}}',
  ),
  queuePermissions: one(
    '{subscribe: {allow: ["a", "b q1", "c q.*", "d >"], deny: ["c q.no", "e *"]}}',
  ),
  responses: one('{publish: "_INBOX.>", subscribe: "svc", allow_responses: true}'),
  responsesTwo: one(
    '{publish: {deny: ">"}, subscribe: "svc", allow_responses: {max: 2, expires: "1m"}}',
  ),
  responsesShort: one('{subscribe: "svc", allow_responses: {max: 5, expires: "200ms"}}'),
  responsesUnlimited: one('{subscribe: "svc", allow_responses: {max: -1, expires: "1m"}}'),
  defaultPermissions: `authorization { default_permissions: {publish: "d.>", subscribe: "d.>"}
    users: [ {user: u, password: p}, {user: w, password: p, permissions: {publish: ">"}} ] }`,
  legacyPermissions: `authorization { PERM = { publish: "req.*", subscribe: ["_INBOX.>", "x"] }
    users: [ {user: u, password: p, permissions: $PERM} ] }`,
  denyAll: one('{publish: {deny: ">"}, subscribe: {deny: ">"}}'),
  emptyAllow: one('{publish: {allow: []}, subscribe: {allow: []}}'),
  // TLS
  tls: tls(''),
  tlsShort: tls('').replace('timeout: 5', 'timeout: 0.4'),
  tlsVerify: tls(', verify: true'),
  tlsAllowPlain: `${tls('')}\nallow_non_tls: true`,
  tlsFirst: tls(', handshake_first: true'),
  tlsFirstAuto: tls(', handshake_first: auto'),
  tlsUser: `${tls('')}\nauthorization { user: u, password: p }`,
  // life cycle
  lameDuck: 'lame_duck_duration: "1s"\nlame_duck_grace_period: "-1s"\nlame_duck_duration: "1s"',
  reload: users(
    '{user: a, password: pa}, {user: b, password: pb, permissions: {subscribe: ["x", "y"]}}',
  ),
};

const asConfigs = (of: Record<string, string>): Record<string, TargetConfig> =>
  Object.fromEntries(Object.entries(of).map(([name, text]) => [name, { text: `${text}\n` }]));

/** Those of one server without accounts; each has a session that shows its INFO. */
export const basicConfigs = asConfigs(texts);
basicConfigs.lameDuck = { text: 'lame_duck_duration: "30s"\nlame_duck_grace_period: "200ms"\n' };
basicConfigs.lameDuckCluster = {
  text: 'lame_duck_duration: "30s"\nlame_duck_grace_period: "200ms"\ncluster { name: "C1", listen: "127.0.0.1:-1" }\n',
};

export const configs: Record<string, TargetConfig> = {
  ...basicConfigs,
  ...asConfigs(accountConfigs),
  ...asConfigs(traceConfigs),
  ...asConfigs(reloadConfigs),
  ...asConfigs(authorizationConfigs),
  ...asConfigs(authenticationConfigs),
};
