/** Configurations with nkeys, operators, proxies and auth callout. */

const preloaded = [
  'sys a b noactivation foreign selfmade narrow revokedact expiredact signact garbageact expired limits',
  'nowhere star nobearer defaults mapped traced signed v1',
]
  .join(' ')
  .split(' ');
const operator = (names: string[], rest = '') => `operator: "@JWT(operator-main)@"
resolver: MEMORY
resolver_preload: {
${names.map((name) => `  @KEY(account-${name})@: "@JWT(account-${name})@"`).join('\n')}
}
${rest}`;
const callout = (rest: string, timeout = '2') => `accounts {
  AUTH { users: [ {user: auth, password: p} ] }
  A { users: [ {user: a, password: p} ] }
  B {}
}
authorization {
  timeout: ${timeout}
  auth_callout { issuer: "@KEY(account-issuer)@", auth_users: [ auth ], account: AUTH ${rest} }
}`;

export const authenticationConfigs: Record<string, string> = {
  nkeys: `authorization { users: [
    {nkey: "@KEY(user-one)@"}
    {nkey: "@KEY(user-two)@", permissions: {publish: "x.>", subscribe: "x.>"}}
    {nkey: "@KEY(user-ws)@", allowed_connection_types: ["WEBSOCKET"]}
    {user: u, password: p}
  ] }`,
  nkeyAccounts: `accounts {
    A { users: [ {nkey: "@KEY(user-one)@"} ], default_permissions: {publish: "a.>"} }
    B { users: [ {nkey: "@KEY(user-two)@"}, {user: b, password: p} ] }
  }`,
  nkeyNoAuthUser: `accounts {
    A { users: [ {nkey: "@KEY(user-one)@"} ] }
    B { users: [ {nkey: "@KEY(user-two)@"}, {user: b, password: p} ] }
  }
  no_auth_user: "@KEY(user-one)@"`,
  noAuthUserTyped: `authorization { users: [ {user: u, password: p, allowed_connection_types: ["WEBSOCKET"]}, {user: v, password: p} ] }
no_auth_user: u`,
  emptyPassword: 'authorization { users: [ {user: u, password: ""}, {user: v, password: p} ] }',
  operator: operator(preloaded),
  operatorStrict: operator(
    preloaded.filter((name) => name !== 'stranger'),
    'default_sentinel: "@JWT(user-bearer)@"',
  ),
  trustedKeys: `trusted_keys: ["@KEY(operator-main)@"]
resolver: MEMORY
resolver_preload: {
  @KEY(account-a)@: "@JWT(account-a)@"
  @KEY(account-signed)@: "@JWT(account-signed)@"
}`,
  proxies: `proxies { trusted: [ {key: "@KEY(user-proxy)@"}, {key: "@KEY(server-proxy)@"} ] }
authorization { users: [
  {user: u, password: p, proxy_required: true}
  {user: v, password: p}
  {nkey: "@KEY(user-one)@", proxy_required: true}
] }`,
  proxyRequiredOne:
    'authorization { user: u, password: p, proxy_required: true }\nproxies { trusted: [ {key: "@KEY(user-proxy)@"} ] }',
  callout: callout(''),
  calloutShort: callout('', '0.5'),
  calloutAllowed: callout(', allowed_accounts: [ A ]'),
};
