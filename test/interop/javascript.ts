/** The scenarios with the official JavaScript client. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ConnectionOptions,
  connect,
  headers,
  type Msg,
  type NatsConnection,
  type Subscription,
} from '@nats-io/transport-node';
import { certsDir } from '../conformance/target.ts';
import type { RunClient } from './scenarios.ts';

type Play = (open: Open, ready: () => Promise<void>) => Promise<void>;
type Open = (options?: ConnectionOptions) => Promise<NatsConnection>;

async function take(sub: Subscription, count: number): Promise<Msg[]> {
  const messages: Msg[] = [];
  for await (const message of sub) {
    messages.push(message);
    if (messages.length === count) break;
  }
  return messages;
}

async function rejects(promise: Promise<unknown>, pattern: RegExp): Promise<void> {
  await assert.rejects(promise, (error: Error) => {
    assert.match(`${error.name}: ${error.message}`, pattern);
    return true;
  });
}

/** The first status or error of the connection that the pattern matches. */
async function status(nc: NatsConnection, pattern: RegExp): Promise<void> {
  for await (const event of nc.status()) {
    const error = 'error' in event ? String(event.error) : '';
    if (pattern.test(`${event.type} ${error}`)) return;
  }
  throw new Error(`no status ${pattern}`);
}

async function echoOnce(nc: NatsConnection): Promise<void> {
  const sub = nc.subscribe('echo.once', { max: 1 });
  nc.publish('echo.once', 'x');
  assert.equal((await take(sub, 1))[0]?.string(), 'x');
}

const tlsOptions = (extra: Record<string, unknown> = {}) => ({
  tls: { caFile: join(certsDir, 'ca.pem'), ...extra },
});

const plays: Record<string, Play> = {
  async pubsub(open) {
    const [a, b] = [await open(), await open()];
    const sub = a.subscribe('foo');
    await a.flush();
    for (let i = 0; i < 100; i += 1) b.publish('foo', String(i));
    const got = await take(sub, 100);
    assert.deepEqual(
      got.map((m) => m.string()),
      Array.from({ length: 100 }, (_, i) => String(i)),
    );
  },
  async wildcards(open) {
    const nc = await open();
    const star = nc.subscribe('w.*', { max: 1 });
    const tail = nc.subscribe('w.>', { max: 2 });
    nc.publish('w.a', '1');
    nc.publish('w.a.b', '2');
    assert.deepEqual(
      (await take(star, 1)).map((m) => m.subject),
      ['w.a'],
    );
    assert.deepEqual(
      (await take(tail, 2)).map((m) => m.subject),
      ['w.a', 'w.a.b'],
    );
  },
  async request(open) {
    const [service, nc] = [await open(), await open()];
    service.subscribe('help', { callback: (_, m) => void m.respond(`re: ${m.string()}`) });
    await service.flush();
    assert.equal((await nc.request('help', 'q', { timeout: 5_000 })).string(), 're: q');
    assert.equal(
      (await nc.request('help', 'q', { noMux: true, timeout: 5_000 })).string(),
      're: q',
    );
  },
  async 'many-requests'(open) {
    const [service, nc] = [await open(), await open()];
    service.subscribe('add', { callback: (_, m) => void m.respond(m.data) });
    await service.flush();
    const all = Array.from({ length: 500 }, (_, i) =>
      nc.request('add', String(i), { timeout: 10_000 }),
    );
    assert.deepEqual(
      (await Promise.all(all)).map((m) => m.string()),
      all.map((_, i) => String(i)),
    );
  },
  async 'no-responders'(open) {
    const nc = await open();
    await rejects(nc.request('nobody', 'x', { timeout: 5_000 }), /no ?responders/i);
  },
  async headers(open) {
    const nc = await open();
    const sub = nc.subscribe('h', { max: 1 });
    const h = headers();
    h.append('A', '1');
    h.append('A', '2');
    h.set('Key', 'a value: ü');
    nc.publish('h', 'body', { headers: h });
    const [message] = await take(sub, 1);
    assert.deepEqual(message?.headers?.values('A'), ['1', '2']);
    assert.equal(message?.headers?.get('Key'), 'a value: ü');
    assert.equal(message?.string(), 'body');
  },
  async queue(open) {
    const counts = [0, 0, 0];
    for (const i of counts.keys()) {
      const nc = await open();
      nc.subscribe('work', { queue: 'q', callback: () => void (counts[i] = (counts[i] ?? 0) + 1) });
      await nc.flush();
    }
    const nc = await open();
    const done = nc.subscribe('work');
    for (let i = 0; i < 600; i += 1) nc.publish('work', 'x');
    await take(done, 600);
    const deadline = Date.now() + 5_000;
    const sum = () => counts.reduce((a, b) => a + b, 0);
    while (sum() < 600 && Date.now() < deadline) await new Promise((r) => setTimeout(r, 10));
    assert.equal(sum(), 600);
    assert.ok(
      counts.every((n) => n > 100),
      `unfair: ${counts.join(', ')}`,
    );
  },
  async drain(open) {
    const [a, b] = [await open(), await open()];
    const got: string[] = [];
    a.subscribe('d', { callback: (_, m) => void got.push(m.string()) });
    await a.flush();
    for (let i = 0; i < 50; i += 1) b.publish('d', String(i));
    await b.flush();
    await a.drain();
    assert.equal(got.length, 50);
    assert.ok(a.isClosed());
  },
  async 'unsubscribe-max'(open) {
    const nc = await open();
    const sub = nc.subscribe('m', { max: 3 });
    for (let i = 0; i < 10; i += 1) nc.publish('m', String(i));
    const got: string[] = [];
    for await (const m of sub) got.push(m.string());
    assert.deepEqual(got, ['0', '1', '2']);
  },
  async 'no-echo'(open) {
    const [a, b] = [await open({ noEcho: true }), await open()];
    const sub = a.subscribe('e');
    await a.flush();
    a.publish('e', 'own');
    await a.flush();
    b.publish('e', 'other');
    assert.equal((await take(sub, 1))[0]?.string(), 'other');
  },
  async large(open) {
    const nc = await open();
    const data = new Uint8Array(nc.info?.max_payload ?? 0).map((_, i) => i % 251);
    const sub = nc.subscribe('l', { max: 3 });
    for (let i = 0; i < 3; i += 1) nc.publish('l', data);
    for (const m of await take(sub, 3)) assert.deepEqual(m.data, data);
  },
  async info(open) {
    const nc = await open({ name: 'interop' });
    assert.match(nc.info?.version ?? '', /^2\.15\.2/);
    assert.equal(nc.info?.headers, true);
    assert.equal(nc.info?.max_payload, 1_048_576);
    assert.equal(nc.info?.client_ip, '127.0.0.1');
    assert.equal(nc.info?.proto, 1);
    assert.ok((await nc.rtt()) >= 0);
  },
  async reconnect(open, ready) {
    const nc = await open({ reconnectTimeWait: 50, maxReconnectAttempts: -1 });
    const sub = nc.subscribe('r');
    await nc.flush();
    const again = status(nc, /^reconnect /);
    await ready();
    await again;
    nc.publish('r', 'after');
    assert.equal((await take(sub, 1))[0]?.string(), 'after');
  },
  async user(open) {
    await echoOnce(await open({ user: 'u', pass: 'p' }));
    await rejects(open({ user: 'u', pass: 'x' }), /authorization/i);
    await rejects(open(), /authorization/i);
  },
  async token(open) {
    await echoOnce(await open({ token: 's3cret' }));
    await rejects(open({ token: 'x' }), /authorization/i);
  },
  async bcrypt(open) {
    await echoOnce(await open({ user: 'u', pass: 'secret' }));
    await rejects(open({ user: 'u', pass: 'other' }), /authorization/i);
  },
  async 'no-auth-user'(open) {
    const nc = await open();
    const sub = nc.subscribe('g.a', { max: 1 });
    nc.publish('g.a', 'x');
    assert.equal((await take(sub, 1)).length, 1);
    await echoOnce(await open({ user: 'a', pass: 'pa' }));
  },
  async permissions(open) {
    const nc = await open({ user: 'u', pass: 'p' });
    const publish = status(nc, /Publish to "forbidden"/);
    nc.publish('forbidden', 'x');
    await publish;
    const error = new Promise<Error | null>((resolve) => {
      nc.subscribe('forbidden', { callback: (e) => resolve(e) });
    });
    assert.match(String(await error), /Permissions Violation for Subscription to "forbidden"/);
    const sub = nc.subscribe('s.a', { max: 1 });
    await nc.flush();
    assert.equal(sub.isClosed(), false);
  },
  async 'max-payload'(open) {
    const nc = await open();
    assert.equal(nc.info?.max_payload, 100);
    assert.throws(() => nc.publish('a', 'x'.repeat(101)), /max_payload|payload/i);
    await echoOnce(nc);
  },
  async tls(open) {
    await echoOnce(await open(tlsOptions()));
    await rejects(open({ tls: {} }), /certificate|self|verify|unable/i);
  },
  async 'tls-verify'(open) {
    const cert = readFileSync(join(certsDir, 'client.pem'), 'utf8');
    const key = readFileSync(join(certsDir, 'client-key.pem'), 'utf8');
    await echoOnce(await open(tlsOptions({ cert, key })));
    await assert.rejects(open(tlsOptions()));
  },
  async 'tls-first'(open) {
    await echoOnce(await open(tlsOptions({ handshakeFirst: true })));
  },
  async 'lame-duck'(open, ready) {
    const nc = await open({ reconnect: false });
    const notice = status(nc, /^ldm /);
    await ready();
    await notice;
  },
};

export const runJavaScript: RunClient = async (scenario, url, ready) => {
  const opened: NatsConnection[] = [];
  const open: Open = async (options = {}) => {
    const nc = await connect({ servers: url, timeout: 5_000, maxReconnectAttempts: 0, ...options });
    opened.push(nc);
    return nc;
  };
  try {
    await plays[scenario]?.(open, ready);
    assert.ok(plays[scenario], `no scenario ${scenario}`);
  } finally {
    await Promise.all(opened.map((nc) => nc.close()));
  }
};
