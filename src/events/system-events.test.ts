import assert from 'node:assert/strict';
import test from 'node:test';
import { gunzipSync } from 'node:zlib';
import { decodeS2Stream } from '../codec/s2-stream.ts';
import { closeReasons } from '../connection/close-reason.ts';
import { noAnswer } from './events-host.ts';
import { FakeEventsHost, type Heard } from './fake-events-host.ts';

function started(): FakeEventsHost {
  const host = new FakeEventsHost();
  host.events.start();
  return host;
}

const only = (heard: readonly Heard[]): Heard => {
  assert.equal(heard.length, 1);
  return heard[0] as Heard;
};
const errorOf = ({ document }: Heard): unknown => document.error;
const now = '2026-01-02T03:04:05.678Z';

test('a client that comes and goes is told in the order of nats-server', () => {
  const host = started();
  const account = host.registry.ensure('A');
  const heard = host.listen('$SYS.ACCOUNT.A.*');
  const connection = host.connect(account, 'u');
  Object.assign(connection.options, { name: 'n', lang: 'l', version: '1' });
  Object.assign(connection, { rttMs: 0.2345, inMsgs: 1, inBytes: 2, outMsgs: 3, outBytes: 4 });
  host.events.onConnected(connection);
  connection.close(closeReasons.kicked);
  const [connect, disconnect] = heard.map(({ payload }) => payload.toString());
  const server =
    '"server":{"name":"fake","host":"0.0.0.0","id":"NFAKE","ver":"2.15.2",' +
    '"feature_flags":{"flag":true},"jetstream":false,"flags":0,"seq":SEQ,' +
    `"time":"${now}"}`;
  const head = (type: string) => `{"type":"io.nats.server.advisory.v1.${type}","id":"ID",`;
  const client =
    `"client":{"start":"${now}","host":"127.0.0.1","id":5,"acc":"A","user":"u","name":"n",` +
    '"lang":"l","ver":"1",';
  const tail = '"name_tag":"A","kind":"Client","client_type":"nats"}';
  const plain = (text = '') =>
    text.replace(/"id":"\w{22}"/, '"id":"ID"').replace(/"seq":\d+/, '"seq":SEQ');
  assert.equal(
    plain(connect),
    `${head('client_connect')}"timestamp":"${now}",${server},${client}${tail}}`,
  );
  assert.equal(
    plain(disconnect),
    `${head('client_disconnect')}"timestamp":"${now}",${server},${client}"rtt":234000,` +
      `"stop":"${now}",${tail},"sent":{"msgs":1,"bytes":2},"received":{"msgs":3,"bytes":4},` +
      '"reason":"Kicked"}',
  );
});

test('a JWT is told only when it is no secret', () => {
  const host = started();
  const heard = host.listen('$SYS.ACCOUNT.A.CONNECT');
  const connection = host.connect(host.registry.ensure('A'), 'u');
  connection.options.jwt = 'eyJcanary';
  const tell = (bearer: boolean): string => {
    assert.ok(connection.user);
    connection.user = { ...connection.user, bearer };
    host.events.onConnected(connection);
    return heard.at(-1)?.payload.toString() ?? '';
  };
  assert.ok(tell(false).includes('"jwt":"eyJcanary"'));
  assert.ok(!tell(true).includes('canary'));
  // Who was not let in: the JWT itself tells.
  connection.user = undefined;
  const jwt = (nats: object) =>
    `e30.${Buffer.from(JSON.stringify({ nats })).toString('base64url')}.canary`;
  connection.options.jwt = jwt({ bearer_token: true });
  host.events.onConnected(connection);
  assert.ok(!heard.at(-1)?.payload.toString().includes('canary'));
  connection.options.jwt = jwt({});
  host.events.onConnected(connection);
  assert.ok(heard.at(-1)?.payload.toString().includes('canary'));
});

test('passwords and tokens are in no event', () => {
  const host = started();
  const heard = host.listen('$SYS.>');
  const connection = host.connect(host.registry.ensure('A'), 'u');
  Object.assign(connection.options, {
    user: '',
    pass: 'canary',
    auth_token: 'canary',
    sig: 'canary',
  });
  host.events.onConnected(connection);
  connection.close(closeReasons.authenticationViolation);
  assert.equal(heard.length, 3);
  for (const { payload } of heard) assert.ok(!payload.includes('canary'));
});

test('a failed login is told to the operators and to the owners of the account', () => {
  const host = started();
  const operators = host.listen('$SYS.SERVER.*.CLIENT.AUTH.ERR');
  const owners = host.listen('$SYS.ACCOUNT.CLIENT.AUTH.ERR', host.globalAccount);
  const callout = host.listen('$SYS.ACCOUNT.CLIENT.AUTH.ERR', host.registry.ensure('AUTH'));
  host.connect(host.globalAccount, '').close(closeReasons.authenticationViolation);
  assert.equal(only(operators).document.reason, 'Authentication Failure');
  assert.equal(only(owners).document.reason, 'Authentication Failure');
  host.connect(host.globalAccount, '').close(closeReasons.authenticationTimeout);
  assert.equal(operators.length, 1);
  host.options.authCallout = {
    issuer: '',
    account: 'AUTH',
    authUsers: [],
    xkey: '',
    allowedAccounts: [],
  };
  host.connect(host.globalAccount, '').close(closeReasons.authenticationViolation);
  assert.equal(callout.length, 1);
  assert.equal(owners.length, 1);
});

test('what nobody listens to is not built', () => {
  const host = started();
  host.accounts = () => assert.fail('built for nobody');
  const connection = host.connect(host.registry.ensure('A'), 'u');
  Object.defineProperty(connection, 'rawUser', { get: () => assert.fail('built for nobody') });
  host.events.onConnected(connection);
  host.events.onMembersChanged(connection.account);
  connection.close(closeReasons.kicked);
  host.timers.advance(60_000);
});

test('an account is told when its connections change and every 30 seconds', () => {
  const host = started();
  const account = host.registry.ensure('A');
  const heard = host.listen('$SYS.ACCOUNT.A.SERVER.CONNS');
  const old = host.listen('$SYS.SERVER.ACCOUNT.A.CONNS');
  const connection = host.connect(account, 'u');
  host.events.onMembersChanged(account);
  assert.equal(only(heard).document.conns, 1);
  assert.equal(only(old).document.acc, 'A');
  assert.equal(only(heard).document.id, only(old).document.id);
  host.timers.advance(29_999);
  assert.equal(heard.length, 1);
  host.timers.advance(1);
  assert.equal(heard.length, 2);
  host.timers.advance(60_000);
  assert.equal(heard.length, 4);
  account.remove(connection);
  host.events.onMembersChanged(account);
  assert.equal(heard.at(-1)?.document.total_conns, 0);
  host.timers.advance(100_000);
  assert.equal(heard.length, 5);
});

test('of many accounts each is told 30 seconds after it was told last', () => {
  const host = started();
  const heard = host.listen('$SYS.ACCOUNT.*.SERVER.CONNS');
  const accounts = ['A', 'B'].map((name) => host.registry.ensure(name));
  for (const account of accounts) {
    host.connect(account, 'u');
    host.events.onMembersChanged(account);
    host.timers.advance(10_000);
  }
  heard.length = 0;
  host.timers.advance(10_000);
  assert.equal(only(heard).document.acc, 'A');
  host.timers.advance(10_000);
  assert.deepEqual(
    heard.map(({ document }) => document.acc),
    ['A', 'B'],
  );
});

test('the global account is not told about', () => {
  const host = started();
  const heard = host.listen('$SYS.>');
  host.connect(host.globalAccount, 'u');
  host.events.onMembersChanged(host.globalAccount);
  assert.equal(heard.length, 0);
});

test('the numbers of the server come fast after the start, then every ten seconds', () => {
  const host = started();
  const heard = host.listen('$SYS.SERVER.NFAKE.STATSZ');
  const at: number[] = [];
  for (let ms = 0; ms < 40_000; ms += 50) {
    const before = heard.length;
    host.timers.advance(50);
    if (heard.length > before) at.push(host.timers.nowMs);
  }
  assert.deepEqual(at, [250, 1250, 3250, 7250, 15_250, 25_250, 35_250]);
  const statsz = heard[0]?.document.statsz as Record<string, unknown>;
  assert.equal(statsz.active_servers, 1);
  assert.equal(statsz.mem, 5_000_000);
});

test('two broadcasts are a second apart unless one is asked for', () => {
  const host = started();
  host.timers.advance(20_000);
  const heard = host.listen('$SYS.SERVER.NFAKE.STATSZ');
  host.events.onReloaded();
  host.events.onReloaded();
  host.timers.advance(999);
  assert.equal(heard.length, 1);
  host.timers.advance(1);
  assert.equal(heard.length, 2);
  host.deliverer.publish(host.systemAccount, '$SYS.REQ.SERVER.PING', '', Buffer.alloc(0));
  assert.equal(heard.length, 3);
});

test('after lame duck mode began events and answers go on, until the end', () => {
  const host = started();
  const heard = host.listen('$SYS.SERVER.NFAKE.*');
  const left = host.listen('$SYS.ACCOUNT.A.DISCONNECT');
  const connection = host.connect(host.registry.ensure('A'), 'u');
  host.events.onLameDuck();
  assert.equal(only(heard).subject, '$SYS.SERVER.NFAKE.LAMEDUCK');
  assert.equal(only(heard).document.name, 'fake');
  connection.close(closeReasons.serverShutdown);
  assert.equal(left.length, 1);
  assert.equal(host.request('$SYS.REQ.SERVER.PING.IDZ').length, 1);
  host.events.shutdown();
  assert.equal(heard.at(-1)?.subject, '$SYS.SERVER.NFAKE.SHUTDOWN');
  host.connect(host.registry.ensure('A'), 'u').close(closeReasons.serverShutdown);
  assert.equal(left.length, 1);
  assert.equal(host.request('$SYS.REQ.SERVER.PING.IDZ').length, 0);
  assert.equal(host.timers.waiting, 0);
});

test('a request to the server and a ping get the document in an envelope', () => {
  const host = started();
  for (const subject of ['$SYS.REQ.SERVER.NFAKE.VARZ', '$SYS.REQ.SERVER.PING.VARZ']) {
    const { document } = only(host.request(subject));
    assert.deepEqual(Object.keys(document), ['server', 'data']);
    assert.deepEqual(document.data, { some: 'document' });
  }
  const seqs = [1, 2].map(() => {
    const { document } = only(host.request('$SYS.REQ.SERVER.PING.VARZ'));
    return (document.server as { seq: number }).seq;
  });
  assert.equal((seqs[1] ?? 0) - (seqs[0] ?? 0), 1);
});

test('what cannot be served is an error, what must not be answered is not', () => {
  const host = started();
  host.refusal = 'no such thing';
  const { document } = only(host.request('$SYS.REQ.SERVER.PING.CONNZ'));
  assert.deepEqual(Object.keys(document), ['server', 'data', 'error']);
  assert.equal(document.data, null);
  assert.deepEqual(document.error, { code: 500, description: 'no such thing' });
  host.refusal = undefined;
  host.answer = noAnswer;
  assert.equal(host.request('$SYS.REQ.SERVER.PING.JSZ').length, 0);
});

test('a request for another server is not answered', () => {
  const host = started();
  host.options.tags = ['x', 'Y:1'];
  host.clusterName = 'east';
  const answers = (filter: string) => host.request('$SYS.REQ.SERVER.PING.HEALTHZ', filter).length;
  const ours = [
    '{"server_name":"ak"}',
    '{"cluster":"eas"}',
    '{"tags":[" X","y:1"]}',
    '{"host":"0."}',
  ];
  for (const filter of ours) assert.equal(answers(filter), 1, filter);
  const others = [
    '{"server_name":"ak","exact_match":true}',
    '{"cluster":"west"}',
    '{"tags":["x","z"]}',
    '{"domain":"d"}',
  ];
  for (const filter of others) assert.equal(answers(filter), 0, filter);
});

test('GHSA-q59r-vq66-pxc2: odd values in requests are taken exactly or refused, never rounded', () => {
  const host = started();
  const ask = (body: string) => only(host.request('$SYS.REQ.SERVER.PING.CONNZ', body));
  for (const value of ['-1', '2147483648', '9007199254740993', '9223372036854775807']) {
    ask(`{"limit":${value},"offset":${value}}`);
    const [, options] = host.built.at(-1) ?? [];
    assert.equal(options?.int('limit'), BigInt(value));
    assert.equal(options?.int('offset'), BigInt(value));
  }
  const built = host.built.length;
  for (const value of ['9223372036854775808', '1.5', '1e3', 'NaN', '"1"', 'true', '[1]', '{}']) {
    const { code, description } = errorOf(ask(`{"limit":${value}}`)) as Record<string, unknown>;
    assert.equal(code, 400, value);
    assert.match(String(description), /^(json: cannot unmarshal|invalid character)/);
  }
  assert.equal(host.built.length, built);
});

test('a request that is too long is not parsed', () => {
  const host = started();
  const body = `{"tags":[${'"x",'.repeat(20_000)}"x"]}`;
  assert.deepEqual(errorOf(only(host.request('$SYS.REQ.SERVER.PING.VARZ', body))), {
    code: 400,
    description: 'request is larger than 65536 bytes',
  });
});

test('answers are compressed as the request accepts', () => {
  const host = started();
  const ask = (accepted: string) =>
    only(host.request('$SYS.REQ.SERVER.PING.VARZ', '', `Accept-Encoding: ${accepted}`));
  const wanted = '"data":{"some":"document"}';
  for (const accepted of ['s2', 'Snappy', 'gzip, s2']) {
    const { header, payload } = ask(accepted);
    assert.equal(header, 'NATS/1.0\r\nContent-Encoding: snappy\r\n\r\n');
    assert.ok(decodeS2Stream(payload, 65_536).includes(wanted));
  }
  const { header, payload } = ask('gzip');
  assert.equal(header, 'NATS/1.0\r\nContent-Encoding: gzip\r\n\r\n');
  assert.ok(gunzipSync(payload).includes(wanted));
  assert.ok(ask('br').header.includes('identity'));
  assert.equal(only(host.request('$SYS.REQ.SERVER.PING.VARZ', '', 'X: gzip')).header, '');
});

test('profiles are those of a runtime that is not here', () => {
  const host = started();
  const ask = (body: string) => only(host.request('$SYS.REQ.SERVER.PING.PROFILEZ', body)).document;
  const failure = (error: string) => ({ profile: null, error });
  assert.deepEqual(ask('').data, failure('Profile name not specified'));
  assert.deepEqual(ask('{"name":"a\\nb"}').data, failure('Profile "a\\nb" not found'));
  assert.deepEqual(
    ask('{"name":"cpu","duration":99000000000}').data,
    failure('Duration 1m39s should be between 0s and 15s'),
  );
  assert.deepEqual(
    ask('{"name":"cpu","duration":1}').data,
    failure('Failed to start CPU profile: not available in this runtime'),
  );
});

test('a request about an account asks for that account only', () => {
  const host = started();
  for (const [name, key] of [
    ['SUBSZ', 'account'],
    ['CONNZ', 'acc'],
    ['LEAFZ', 'account'],
    ['INFO', 'account'],
  ]) {
    only(host.request(`$SYS.REQ.ACCOUNT.A.${name}`, '{"acc":"B","account":"B"}'));
    assert.equal(host.built.at(-1)?.[1].text(key ?? ''), 'A', name);
  }
  host.answer = { account_statz: [{}] };
  only(host.request('$SYS.REQ.ACCOUNT.A.STATZ', '{"accounts":["B"]}'));
  assert.deepEqual(host.built.at(-1)?.[1].list('accounts'), ['A']);
  host.answer = { account_statz: [] };
  assert.equal(host.request('$SYS.REQ.ACCOUNT.A.STATZ').length, 0);
  assert.equal(host.request('$SYS.REQ.ACCOUNT.A.STATZ', '{"include_unused":true}').length, 1);
});

test('connections of an account are answered in the old form, or not at all', () => {
  const host = started();
  const account = host.registry.ensure('A');
  assert.equal(host.request('$SYS.REQ.ACCOUNT.A.CONNS').length, 0);
  host.connect(account, 'u');
  assert.equal(only(host.request('$SYS.REQ.ACCOUNT.A.CONNS')).document.conns, 1);
  assert.equal(host.request('$SYS.REQ.ACCOUNT.A.CONNS', '{"acc":"B"}').length, 0);
  assert.equal(host.request('$SYS.REQ.ACCOUNT.A.CONNS', '{').length, 0);
  assert.equal(host.errors.length, 2);
});

test('kick closes the client that is named, and nothing else', async () => {
  const host = started();
  const connection = host.connect(host.registry.ensure('A'), 'u');
  const other = host.connect(host.registry.ensure('A'), 'v');
  const kick = async (body: string): Promise<Heard[]> => {
    const heard = host.request('$SYS.REQ.SERVER.NFAKE.KICK', body);
    await Promise.resolve();
    await Promise.resolve();
    return heard;
  };
  assert.deepEqual(errorOf(only(await kick('{"cid":99}'))), {
    code: 500,
    description: 'no such client or leafnode id',
  });
  assert.ok(errorOf(only(await kick(`{"cid":${2n ** 64n - 1n}}`))));
  assert.equal((await kick('{"cid":"5"}')).length, 0);
  assert.equal((await kick('')).length, 0);
  assert.equal(connection.closed, false);
  assert.deepEqual(Object.keys(only(await kick(`{"cid":${connection.id}}`)).document), ['server']);
  assert.equal(connection.closeReason, 'Kicked');
  assert.equal(other.closed, false);
});

test('reload and lame duck requests say whether it was done', async () => {
  const host = started();
  const settle = async (heard: Heard[]): Promise<Heard[]> => {
    await new Promise((resolve) => setImmediate(resolve));
    return heard;
  };
  const ask = (name: string, body = '') =>
    settle(host.request(`$SYS.REQ.SERVER.NFAKE.${name}`, body));
  assert.deepEqual(Object.keys(only(await ask('RELOAD')).document), ['server']);
  assert.equal(host.reloads, 1);
  host.reloadProblem = 'broken';
  assert.deepEqual(errorOf(only(await ask('RELOAD'))), { code: 500, description: 'broken' });
  const connection = host.connect(host.registry.ensure('A'), 'u');
  connection.options.protocol = 0;
  const { description } = errorOf(only(await ask('LDM', `{"cid":${connection.id}}`))) as {
    description: string;
  };
  assert.match(description, /^client does not support Lame Duck Mode/);
  connection.options.protocol = 1;
  assert.equal(errorOf(only(await ask('LDM', `{"cid":${connection.id}}`))), undefined);
});

test('an account whose name is no token gets no event', () => {
  const host = started();
  const heard = host.listen('$SYS.>');
  const account = host.registry.ensure('a b\r\nPUB x 0');
  const connection = host.connect(account, 'u');
  host.events.onConnected(connection);
  host.events.onMembersChanged(account);
  assert.equal(heard.length, 0);
});

test('another system account after a reload is the one that is told and asks', () => {
  const host = started();
  const before = host.systemAccount;
  host.systemAccount = host.registry.ensure('OTHER');
  host.events.onReloaded();
  assert.equal(before.sublist.count, 0);
  assert.equal(host.request('$SYS.REQ.SERVER.PING.IDZ').length, 1);
});
