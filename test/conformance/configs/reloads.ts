/** What servers run with before a reload, and what they reload. Users are named after accounts; password p. */

const account = (name: string, ...body: string[]) =>
  `${name} { users: [ {user: ${name.toLowerCase()}, password: p} ]\n    ${body.join('\n    ')} }`;
const accounts = (...list: string[]) => `accounts {\n  ${list.join('\n  ')}\n}\n`;
const users = (...list: string[]) => `authorization { users: [ ${list.join(', ')} ] }\n`;
const u = (permissions: string, more = '') =>
  `{user: u, password: p ${permissions === '' ? '' : `, permissions: ${permissions}`} ${more}}`;
const admin = '{user: admin, password: p}';
const operator = (names: Record<string, string>) => `operator: "@JWT(operator-main)@"
resolver: MEMORY
resolver_preload: {
  @KEY(account-sys)@: "@JWT(account-sys)@"
${Object.entries(names)
  .map(([of, token]) => `  @KEY(account-${of})@: "@JWT(account-${token})@"`)
  .join('\n')}
}
`;

const exporter = account(
  'A',
  'exports: [ {stream: "s.>"}, {service: "q"}, {service: "m", response: stream} ]',
);
const stream = '{stream: {account: A, subject: "s.>"}}';
const renamed = '{stream: {account: A, subject: "s.>"}, to: "from.>"}';
const service = '{service: {account: A, subject: "q"}}';
const importer = (...list: string[]) => account('B', `imports: [ ${list.join(', ')} ]`);

/** By what they show. */
export const reloadTexts = {
  free: users(u(''), admin),
  gone: users(admin),
  otherPassword: users('{user: u, password: x}', admin),
  someSubjects: users(u('{publish: ["x", "y"], subscribe: ["x", "y", "w.>", "_INBOX.>"]}'), admin),
  fewerSubjects: users(u('{publish: ["x"], subscribe: ["x", "_INBOX.>"]}'), admin),
  deniedInside: users(u('{subscribe: {deny: ["w.no", "y"]}}'), admin),
  queues: users(u('{subscribe: {allow: ["x q1", "y *"], deny: "z q2"}}'), admin),
  fewerQueues: users(u('{subscribe: {allow: ["x q2", "y"], deny: "z"}}'), admin),
  responses: users(u('{publish: {deny: ">"}, allow_responses: {max: 5, expires: "1m"}}'), admin),
  noResponses: users(u('{publish: {deny: ">"}}'), admin),
  onlyWebsocket: users(u('', ', allowed_connection_types: ["WEBSOCKET"]'), admin),
  sameName: users(u(''), u(''), admin),
  noAuthUser: `${users(u(''), admin)}no_auth_user: u\n`,
  noAuthUserAdmin: `${users(u(''), admin)}no_auth_user: admin\n`,
  noAuthUserMissing: `${users(u(''), admin)}no_auth_user: nobody\n`,
  defaults: `authorization { default_permissions: {subscribe: "x"}, users: [ ${u('')}, ${admin} ] }\n`,
  nothing: '\n',
  oneUser: 'authorization { user: u, password: p }\n',
  token: 'authorization { token: t }\n',
  nkey: users('{nkey: "@KEY(user-one)@"}', admin),
  otherNkey: users('{nkey: "@KEY(user-two)@"}', admin),
  smallPayload: `${users(u(''), admin)}max_payload: 5\n`,
  fewSubscriptions: `${users(u(''), admin)}max_subscriptions: 1\n`,
  fewConnections: `${users(u(''), admin)}max_connections: 1\n`,
  mapped: `${users(u(''), admin)}mappings { x: y }\n`,
  // accounts
  two: accounts(exporter, importer(stream, service)),
  noImports: accounts(exporter, importer()),
  onlyService: accounts(exporter, importer(service)),
  onlyStream: accounts(exporter, importer(stream)),
  renamedStream: accounts(exporter, importer(renamed, service)),
  renamedService: accounts(exporter, importer('{service: {account: A, subject: "q"}, to: "b.q"}')),
  sharedService: accounts(exporter, importer('{service: {account: A, subject: "q"}, share: true}')),
  noExports: accounts(account('A'), importer()),
  importWithoutExport: accounts(account('A'), importer(stream)),
  privateExport: accounts(
    account('A', 'exports: [ {stream: "s.>", accounts: [C]} ]'),
    importer(stream),
    account('C'),
  ),
  withoutA: accounts(account('B')),
  withoutB: accounts(exporter),
  three: accounts(
    exporter,
    importer(stream, service),
    account('C', `imports: [ ${stream}, ${service} ]`),
  ),
  moved: accounts(
    'A { users: [ {user: a, password: p}, {user: b, password: p} ], exports: [ {stream: "s.>"}, {service: "q"} ] }',
    'B { users: [], imports: [ {stream: {account: A, subject: "s.>"}} ] }',
  ),
  limited: accounts(
    exporter,
    account('B', 'limits { max_connections: 1, max_subscriptions: 1, max_payload: 5 }'),
  ),
  defaultPermissions: accounts(
    exporter,
    account('B', 'default_permissions { subscribe: "x", publish: {deny: "y"} }'),
  ),
  accountMapped: accounts(exporter, account('B', 'mappings { x: y }')),
  accountTraced: accounts(exporter, account('B', 'msg_trace: "t"')),
  cycle: accounts(
    account(
      'A',
      'exports: [ {service: "q"} ]',
      'imports: [ {service: {account: B, subject: "q"}} ]',
    ),
    account(
      'B',
      'exports: [ {service: "q"} ]',
      'imports: [ {service: {account: A, subject: "q"}} ]',
    ),
  ),
  unknownAccount: accounts(account('B', 'imports: [ {stream: {account: NONE, subject: "s"}} ]')),
  systemA: `${accounts(exporter, importer(stream, service))}system_account: A\n`,
  withSystem: `${accounts(exporter, importer(stream, service), 'SYS { users: [ {user: sys, password: p} ] }')}system_account: SYS\n`,
  // operator
  operator: operator({ a: 'a', b: 'b' }),
  operatorRevoking: operator({ a: 'a-revoking', b: 'b' }),
  operatorRevokingAll: operator({ a: 'a-revoking-all', b: 'b-closed' }),
  operatorLimited: operator({ a: 'a-limited', b: 'b-closed' }),
  operatorClosed: operator({ a: 'a-closed', b: 'b' }),
  operatorBClosed: operator({ a: 'a', b: 'b-closed' }),
  operatorExpired: operator({ a: 'a-expired', b: 'b' }),
  operatorWithoutA: operator({ b: 'b' }),
} satisfies Record<string, string>;

const started = [
  'free',
  'someSubjects',
  'queues',
  'responses',
  'nkey',
  'noAuthUser',
  'two',
  'noImports',
  'onlyService',
  'three',
  'limited',
  'withSystem',
  'operator',
] as const;

export const reloadConfigs: Record<string, string> = Object.fromEntries(
  started.map((name) => [`reload ${name}`, reloadTexts[name]]),
);
