import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createAccount, createUser as createJwtUser, encodeUser } from '@nats-io/jwt';
import { createCurve, createServer as createServerKey, createUser } from '@nats-io/nkeys';
import bcrypt from 'bcryptjs';
import { SpawnedServer, temporaryFolder } from '../conformance/spawned-server.ts';
import { SystemClient } from '../conformance/system/system-client.ts';
import { RawClient } from '../fault/raw-client.ts';
import { RawWebSocket, upgradeRequest } from '../fault/raw-websocket.ts';
import { folder as certificates } from '../fault/tls-peer.ts';
import { accountJwt, makeTrust, userSigner } from '../resolver/world.ts';

/*
 * Every secret that a server can hold or be sent is a canary here, and whatever leaves the server is
 * searched for all of them: log lines of every level, documents, events, answers, errors to clients.
 */

/** What was made secret, and everything that came out. */
class Aviary {
  readonly canaries = new Map<string, string>();
  readonly seen: [where: string, text: string][] = [];

  /** A secret of this name. */
  hatch(name: string): string {
    const secret = `CANARY${name}x${Math.random().toString(36).slice(2)}`;
    return this.mark(name, secret);
  }

  mark(name: string, secret: string): string {
    this.canaries.set(name, secret);
    return secret;
  }

  saw(where: string, text: string): void {
    this.seen.push([where, text]);
  }

  /** Nothing that came out has one, in the clear or encoded. */
  check(): void {
    for (const [name, secret] of this.canaries) {
      const bytes = Buffer.from(secret);
      const forms = [secret, bytes.toString('base64').slice(0, 20), bytes.toString('hex')];
      for (const [where, text] of this.seen) {
        for (const form of forms) {
          const at = text.indexOf(form);
          const around = text.slice(Math.max(0, at - 200), at + 60);
          assert.ok(at < 0, `${name} shows in ${where}: …${around}…`);
        }
      }
    }
  }
}

const paths = [
  ...['/', '/varz', '/connz', '/connz?auth=1&subs=detail&state=any', '/routez', '/gatewayz'],
  ...['/leafz', '/subsz?subs=1', '/accountz', '/accstatz?unused=1', '/jsz?accounts=1&config=1'],
  ...['/healthz', '/ipqueuesz', '/raftz', '/expvarz', '/debug/vars', '/stacksz', '/metrics'],
];
const requests = [
  ...['VARZ', 'CONNZ', 'SUBSZ', 'ACCOUNTZ', 'ROUTEZ', 'LEAFZ', 'GATEWAYZ', 'JSZ', 'HEALTHZ'],
  ...['STATSZ', 'IDZ', 'EXPVARZ', 'IPQUEUESZ', 'RAFTZ', 'PROFILEZ'],
];

interface Ports {
  readonly client: number;
  readonly http: number;
  readonly websocket: number;
}

async function start(
  t: TestContext,
  config: string,
  flags: string[] = [],
): Promise<{ server: SpawnedServer; ports: Ports; file: string }> {
  const file = join(temporaryFolder(t), 'server.conf');
  writeFileSync(file, config);
  const server = SpawnedServer.start(t, ['-c', file, '-DV', ...flags]);
  await server.logs(/Server is ready/);
  const portOf = (pattern: RegExp) => Number(pattern.exec(server.stderr)?.[1] ?? 0);
  const ports = {
    client: portOf(/Listening for client connections on \S*:(\d+)/),
    http: portOf(/http monitor on \S*:(\d+)/),
    websocket: portOf(/websocket clients on \S*:(\d+)/),
  };
  return { server, ports, file };
}

/** Everything that monitoring shows; `accounts` are asked for by name. */
async function watchDocuments(aviary: Aviary, { http }: Ports, accounts: string[]): Promise<void> {
  const named = accounts.flatMap((name) => [`/accountz?acc=${name}`, `/connz?auth=1&acc=${name}`]);
  for (const path of [...paths, ...named]) {
    const answer = await fetch(`http://127.0.0.1:${http}${path}`);
    aviary.saw(path, await answer.text());
  }
}

async function watchRequests(aviary: Aviary, system: SystemClient, accounts: string[]) {
  const options = JSON.stringify({ auth: true, subscriptions_detail: true, state: 2, limit: 100 });
  const subjects = [
    ...requests.map((name) => `$SYS.REQ.SERVER.PING.${name}`),
    ...accounts.flatMap((name) =>
      ['CONNZ', 'INFO', 'SUBSZ', 'STATZ', 'CLAIMS.LOOKUP'].map(
        (what) => `$SYS.REQ.ACCOUNT.${name}.${what}`,
      ),
    ),
    '$SYS.REQ.USER.INFO',
    `$SYS.REQ.SERVER.${system.serverId}.RELOAD`,
  ];
  const answers = await Promise.all(subjects.map((one) => system.request(one, options, '', 1000)));
  let answered = 0;
  for (const [i, answer] of answers.entries()) {
    if (answer === undefined) continue;
    answered++;
    aviary.saw(subjects[i]!, answer.header + answer.payload.toString());
  }
  assert.ok(answered > 12, `${answered} of ${subjects.length} requests were answered`);
}

/** One client with these fields of CONNECT, and with the fields written in odd ways. */
async function knock(aviary: Aviary, port: number, fields: object): Promise<void> {
  const json = JSON.stringify({ verbose: false, name: 'n', ...fields });
  const upper = json.replace(/"(pass|auth_token|jwt|sig)"/g, (name) => name.toUpperCase());
  const forms = [
    `CONNECT ${json}\r\nPING\r\n`,
    `CONNECT ${upper}\r\nSUB a 1\r\nPING\r\n`,
    `connect\t${json}\r\nCONNECT ${json}\r\nPING\r\n`,
    `CONNECT ${json.slice(0, -1)}\r\nPING\r\n`,
    `CONNECT ${json.slice(0, -2)}\r\n\r\nPING\r\n`,
    `CONNECT [${json}]\r\n`,
    `CONNECT ${json}${' '.repeat(5000)}\r\n`,
    `CONNECT ${json.replace('false', '1')}\r\n`,
  ];
  for (const form of forms) {
    const client = await RawClient.open(port);
    await client.until('INFO');
    // In pieces, so that what is gathered is met too.
    client.send(form.slice(0, 40));
    client.send(form.slice(40));
    await client.until(/PONG|-ERR/).catch(() => client.closed);
    aviary.saw('what a client gets', client.text);
    client.end();
  }
}

/** Secrets in cookies, headers and the URL of a request to upgrade. */
async function knockByWebSocket(aviary: Aviary, port: number, cookies: string): Promise<void> {
  for (const path of ['/', '/nothing']) {
    for (const bad of ['', 'Sec-WebSocket-Version: 9\r\n', 'broken line\r\n']) {
      const request = upgradeRequest(`Cookie: ${cookies}\r\n${bad}`, path);
      const client = await RawWebSocket.dial(port, request);
      await new Promise((done) => setTimeout(done, 30));
      client.send('CONNECT {"verbose":false}\r\nPING\r\n');
      await new Promise((done) => setTimeout(done, 30));
      aviary.saw('what a WebSocket client gets', client.received().toString('latin1'));
      client.end();
    }
  }
}

async function watchEvents(aviary: Aviary, port: number, login: object): Promise<SystemClient> {
  const system = new SystemClient(port);
  await system.connect(login);
  await system.subscribe('$SYS.>', ({ subject, header, payload }) =>
    aviary.saw(subject, header + payload.toString()),
  );
  return system;
}

const eventsSeen = ({ seen }: Aviary, kind: string) =>
  seen.filter(([where]) => where.startsWith('$SYS.') && where.includes(kind)).length;

test('CVE-2026-33216, CVE-2026-33247: no secret of users, tokens, keys or proxies leaves a server', async (t) => {
  const aviary = new Aviary();
  const [plain, hashed, system, changed] = ['plain', 'hashed', 'system', 'changed'].map((name) =>
    aviary.hatch(name),
  ) as [string, string, string, string];
  const hash = aviary.mark('hash', bcrypt.hashSync(hashed, 4));
  const [user, curve, serverKey] = [createUser(), createCurve(), createServerKey()];
  const keys = { user, curve, serverKey };
  const seeds = Object.entries(keys).map(([name, key]) =>
    aviary.mark(`${name} seed`, Buffer.from(key.getSeed()).toString()),
  );
  const routes = ['cluster', 'gateway', 'leaf', 'remote', 'mqtt'].map((name) => aviary.hatch(name));
  const config = (password: string) => `listen: "127.0.0.1:-1"\nhttp: "127.0.0.1:-1"
    accounts {
      APP { users: [ { user: plain, password: "${password}" }, { user: hashed, password: "${hash}" }
                     { nkey: ${user.getPublicKey()} } ] }
      $SYS { users: [ { user: sys, password: "${system}" } ] }
    }
    system_account: "$SYS"
    websocket { listen: "127.0.0.1:-1", no_tls: true, user_cookie: u, pass_cookie: p, token_cookie: t }
    proxies { trusted: [ { key: ${createUser().getPublicKey()} } ] }
    cluster { listen: "127.0.0.1:-1", name: C, authorization { user: r, password: "${routes[0]}" }
      routes: [ "nats://r:${routes[0]}@127.0.0.1:1" ] }
    gateway { listen: "127.0.0.1:-1", name: C, authorization { user: g, password: "${routes[1]}" }
      gateways: [ { name: D, url: "nats://g:${routes[1]}@127.0.0.1:1" } ] }
    leafnodes { listen: "127.0.0.1:-1", authorization { user: l, password: "${routes[2]}" }
      remotes: [ { url: "nats://l:${routes[3]}@127.0.0.1:1", account: APP } ] }`;
  const { server, ports, file } = await start(t, config(plain));
  const watcher = await watchEvents(aviary, ports.client, { user: 'sys', pass: system });
  const sig = aviary.hatch('signature');
  const stay = await RawClient.open(ports.client);
  stay.send(`CONNECT ${JSON.stringify({ user: 'plain', pass: plain, verbose: false })}\r\n`);
  await stay.flush();
  for (const fields of [
    { user: 'plain', pass: plain },
    { user: 'hashed', pass: hashed },
    { user: 'plain', pass: aviary.hatch('wrong') },
    { user: 'plain', pass: `",} ${aviary.hatch('quoted')}` },
    { auth_token: aviary.hatch('token') },
    { nkey: user.getPublicKey(), sig },
    { nkey: seeds[0], sig },
    { user: 'plain', pass: seeds[1], jwt: aviary.hatch('jwt'), proxy_sig: aviary.hatch('proxy') },
  ]) {
    await knock(aviary, ports.client, fields);
  }
  const cookies = ['p', 't', 'j'].map((name) => `${name}=${aviary.hatch(`cookie ${name}`)}`);
  await knockByWebSocket(aviary, ports.websocket, `u=plain; ${cookies.join('; ')}`);
  await watchDocuments(aviary, ports, ['APP', '$SYS', 'NONE']);
  await watchRequests(aviary, watcher, ['APP', '$SYS']);
  for (const next of [config(changed), config(changed).replace('name: C, auth', 'name: E, auth')]) {
    writeFileSync(file, next);
    server.signal('SIGHUP');
    await server.logs(/eloaded? server configuration[\s\S]*$/);
    await new Promise((done) => setTimeout(done, 200));
  }
  await watchDocuments(aviary, ports, ['APP']);
  assert.ok(eventsSeen(aviary, '.CONNECT') > 0 && eventsSeen(aviary, '.DISCONNECT') > 0);
  assert.ok(eventsSeen(aviary, 'AUTH.ERR') > 0, 'refused logins are told');
  await watcher.end();
  stay.end();
  server.signal('SIGTERM');
  await server.exit;
  assert.match(server.stderr, /\[TRC\].*CONNECT .*\[REDACTED\]/);
  assert.match(server.stderr, /Reloaded: accounts|Reloaded: .*users/);
  aviary.saw('the log', server.stderr + server.stdout);
  aviary.check();
});

test('CVE-2026-33247: no secret of the command line leaves a server', async (t) => {
  for (const form of ['password', 'token'] as const) {
    const aviary = new Aviary();
    const secret = aviary.hatch(form);
    const route = aviary.hatch('route');
    const flags = form === 'password' ? ['--user', 'u', '--pass', secret] : [`--auth=${secret}`];
    const config = 'listen: "127.0.0.1:-1"\nhttp: "127.0.0.1:-1"\nlog_format: json\n';
    const more = ['--cluster', 'nats://127.0.0.1:-1', `--routes=nats://r:${route}@127.0.0.1:1`];
    const { server, ports } = await start(t, config, [...flags, ...more]);
    const fields = form === 'password' ? { user: 'u', pass: secret } : { auth_token: secret };
    await knock(aviary, ports.client, fields);
    await knock(aviary, ports.client, { auth_token: aviary.hatch('wrong') });
    await watchDocuments(aviary, ports, []);
    server.signal('SIGTERM');
    await server.exit;
    aviary.saw('the log', server.stderr + server.stdout);
    aviary.check();
  }
});

test('no bearer JWT, seed or password of a URL leaves a server in operator mode', async (t) => {
  const aviary = new Aviary();
  const trust = await makeTrust();
  const [account, user] = [createAccount(), createJwtUser()];
  const jwt = (claims: object) => encodeUser('u', user, account, claims, { signer: userSigner });
  const bearer = aviary.mark('bearer JWT', await jwt({ bearer_token: true }));
  const seed = aviary.mark('user seed', Buffer.from(user.getSeed()).toString());
  const systemUser = createJwtUser();
  const systemJwt = aviary.mark(
    'bearer JWT of the system account',
    await encodeUser('s', systemUser, trust.system, { bearer_token: true }, { signer: userSigner }),
  );
  const password = aviary.hatch('resolver');
  const accountText = await accountJwt(account, trust.signing);
  const config = (resolver: string) => `listen: "127.0.0.1:-1"\nhttp: "127.0.0.1:-1"
    operator: ${trust.operatorJwt}\nsystem_account: ${trust.system.getPublicKey()}
    websocket { listen: "127.0.0.1:-1", no_tls: true, jwt_cookie: j }
    resolver: ${resolver}
    resolver_preload { ${trust.system.getPublicKey()}: ${trust.systemJwt}
      ${account.getPublicKey()}: ${accountText} }`;
  const { server, ports, file } = await start(t, config('MEMORY'));
  const watcher = await watchEvents(aviary, ports.client, { jwt: systemJwt });
  for (const fields of [{ jwt: bearer }, { jwt: bearer, sig: seed }, { jwt: seed, nkey: seed }]) {
    await knock(aviary, ports.client, fields);
  }
  await knockByWebSocket(aviary, ports.websocket, `j=${bearer}`);
  const names = [account.getPublicKey(), trust.system.getPublicKey()];
  await watchDocuments(aviary, ports, names);
  await watchRequests(aviary, watcher, names);
  writeFileSync(file, config(`URL("http://u:${password}@127.0.0.1:1/accounts/")`));
  server.signal('SIGHUP');
  await server.logs(/eloaded? server configuration/);
  await watcher.end();
  server.signal('SIGTERM');
  await server.exit;
  aviary.saw('the log', server.stderr + server.stdout);
  const unreachable = join(temporaryFolder(t), 'server.conf');
  writeFileSync(unreachable, config(`URL("http://u:${password}@127.0.0.1:1/accounts/")`));
  const ended = await SpawnedServer.run(t, ['-c', unreachable, '-DV']);
  assert.notEqual(ended.code, 0);
  aviary.saw('a start that fails', ended.stderr + ended.stdout);
  aviary.check();
});

test('no error about a configuration quotes a secret', async (t) => {
  const aviary = new Aviary();
  const dir = temporaryFolder(t);
  const [s, broken] = [aviary.hatch('configured'), aviary.hatch('key')];
  writeFileSync(
    join(dir, 'broken-key.pem'),
    `-----BEGIN PRIVATE KEY-----\n${broken}\n-----END PRIVATE KEY-----\n`,
  );
  writeFileSync(join(dir, 'no.pem'), broken);
  const seed = aviary.mark('seed', Buffer.from(createUser().getSeed()).toString());
  const pair = (key: string) =>
    `tls { cert_file: "${certificates}/server.pem", key_file: "${join(dir, key)}" }`;
  const mistakes = [
    `authorization { user: u, password: [ "${s}" ] }`,
    `authorization { user: u, password: { a: "${s}" } }`,
    `authorization { token: [ "${s}" ] }`,
    `authorization { user: u, password: "${s}", users: [ { user: v, password: "${s}" } ] }`,
    `authorization { user: u, password: "${s}", token: "${s}" }`,
    `authorization { users: [ { user: u, password: "${s}", permissions: 1 } ] }`,
    `authorization { users: [ { user: u, password: [ "${s}" ] } ] }`,
    `authorization { users: [ { user: u, password: "${s}" }, { user: u, password: "${s}" } ] }`,
    `authorization { users: [ { password: "${s}" } ] }`,
    `authorization { users: [ { nkey: "${seed}" } ] }`,
    `proxies { trusted: [ { key: "${seed}" } ] }`,
    `accounts { A { nkey: "${seed}" } }`,
    `cluster { authorization { user: u, password: [ "${s}" ] } }`,
    `cluster { routes: [ "nats://u:${s}@:x:1" ] }`,
    `cluster { port: 1, routes: [ "nats://u:${s}@a b" ] }`,
    `leafnodes { remotes: [ { url: "nats://u:${s}@a b:1" } ] }`,
    `leafnodes { remotes: [ { url: "nats://u:${s}@a:1", account: NONE } ] }`,
    `gateway { name: g, gateways: [ { name: h, url: "nats://u:${s}@a b:1" } ] }`,
    `websocket { port: 1, no_tls: true, token: [ "${s}" ] }`,
    `mqtt { port: 1, token: "${s}" }`,
    `resolver: URL("http://u:${s}@a b/")`,
    `resolver: "${s}"`,
    pair('broken-key.pem'),
    pair('no.pem'),
  ];
  for (const [i, mistake] of mistakes.entries()) {
    const file = join(dir, `${i}.conf`);
    writeFileSync(file, `listen: "127.0.0.1:-1"\n${mistake}\n`);
    const ended = await SpawnedServer.run(t, ['-t', '-c', file, '-DV']);
    aviary.saw(mistake, ended.stderr + ended.stdout);
  }
  aviary.check();
});
