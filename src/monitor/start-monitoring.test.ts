// The listener over real sockets: what goes over the wire, byte for byte as Go's net/http sends it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import * as https from 'node:https';
import * as net from 'node:net';
import { join } from 'node:path';
import test from 'node:test';
import { FakeContext } from './fake-context.ts';
import { type MonitorServer, monitorProblem, startMonitoring } from './start-monitoring.ts';

declare const __PROJECT_ROOT__: string;
const pem = (name: string) => readFileSync(join(__PROJECT_ROOT__, 'test/fixtures/tls', name));

async function withMonitor(
  run: (monitor: MonitorServer, context: FakeContext) => Promise<void>,
): Promise<void> {
  const context = new FakeContext();
  const monitor = await startMonitoring(context, { host: '127.0.0.1', port: -1 });
  try {
    await run(monitor, context);
  } finally {
    await monitor.close();
  }
}

/** Sends bytes and gathers what comes back until the server closes or `until` was received. */
async function exchange(monitor: MonitorServer, request: string, until?: string): Promise<string> {
  const socket = net.connect(monitor.address.port, '127.0.0.1');
  socket.setEncoding('latin1');
  socket.write(request, 'latin1');
  let answer = '';
  socket.on('data', (text) => {
    answer += String(text);
    if (until !== undefined && answer.includes(until)) socket.destroy();
  });
  await once(socket, 'close');
  return answer.replace(/Date: [^\r]+ GMT/, 'Date: D');
}

const refusal = (text: string) =>
  `HTTP/1.1 ${text}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${text}`;

test('logs where it listens, and fails with the text of nats-server', async () => {
  await withMonitor(async (monitor, context) => {
    const { port } = monitor.address;
    assert.deepEqual(context.notices, [`Starting http monitor on 127.0.0.1:${port}`]);
    assert.equal(monitor.url, `http://127.0.0.1:${port}`);
    await assert.rejects(startMonitoring(context, { host: '127.0.0.1', port }), {
      message:
        `can't listen to the monitor port: listen tcp 127.0.0.1:${port}: ` +
        'bind: address already in use',
    });
  });
  await assert.rejects(startMonitoring(new FakeContext(), { host: 'no.such.invalid', port: -1 }), {
    message: "can't listen to the monitor port: listen tcp: lookup no.such.invalid: no such host",
  });
  assert.equal(
    monitorProblem({ httpPort: 1, httpsPort: 2, tls: {} }),
    "can't specify both HTTP (1) and HTTPs (2) ports",
  );
  assert.equal(
    monitorProblem({ httpPort: 0, httpsPort: 2, tls: undefined }),
    'TLS cert and key required for HTTPS',
  );
});

test('header lines have the order of Go, and nothing of Node', () =>
  withMonitor(async (monitor) => {
    const get = (path: string) =>
      exchange(monitor, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    assert.equal(
      await get('/healthz'),
      'HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nContent-Type: application/json\r\n' +
        'Date: D\r\nContent-Length: 15\r\nConnection: close\r\n\r\n{"status":"ok"}',
    );
    assert.equal(
      await get('/raftz'),
      'HTTP/1.1 404 Not Found\r\nDate: D\r\nContent-Length: 24\r\n' +
        'Content-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\nNo Raft nodes registered',
    );
    assert.equal(
      await get('/nope'),
      'HTTP/1.1 404 Not Found\r\nContent-Type: text/plain; charset=utf-8\r\n' +
        'X-Content-Type-Options: nosniff\r\nDate: D\r\nContent-Length: 19\r\n' +
        'Connection: close\r\n\r\n404 page not found\n',
    );
    // Longer than 2048 bytes: chunked.
    assert.match(
      await get('/'),
      /^HTTP\/1\.1 200 OK\r\nDate: D\r\nContent-Type: text\/html; charset=utf-8\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n[0-9a-f]+\r\n<!DOCTYPE html>[\s\S]*\r\n0\r\n\r\n$/,
    );
  }));

test('HEAD has the header of GET and no body', () =>
  withMonitor(async (monitor) => {
    const request = 'HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\n';
    const answer = await exchange(
      monitor,
      `${request}GET /raftz HTTP/1.1\r\nHost: x\r\n\r\n`,
      'Raft',
    );
    assert.match(answer, /Content-Length: 15\r\n\r\nHTTP\/1\.1 404/);
  }));

test('HTTP/1.0 is answered in HTTP/1.0 and closed', () =>
  withMonitor(async (monitor) => {
    const answer = await exchange(monitor, 'GET /healthz HTTP/1.0\r\n\r\n');
    assert.match(answer, /^HTTP\/1\.0 200 OK\r\n.*\{"status":"ok"\}$/s);
    assert.ok(!answer.includes('Connection'));
  }));

test('a body is read past, the connection goes on', () =>
  withMonitor(async (monitor) => {
    const post = 'POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello';
    const answer = await exchange(monitor, `${post}GET /nope HTTP/1.1\r\nHost: x\r\n\r\n`, 'page');
    assert.match(answer, /^HTTP\/1\.1 200 OK[\s\S]*HTTP\/1\.1 404 Not Found/);
  }));

test('what is no HTTP is refused with the texts of Go', () =>
  withMonitor(async (monitor) => {
    const cases: Record<string, string> = {
      'GARBAGE\r\n\r\n': refusal('400 Bad Request'),
      'GET healthz HTTP/1.1\r\nHost: x\r\n\r\n': refusal('400 Bad Request'),
      'GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n': refusal('400 Bad Request'),
      'GET / HTTP/1.1\r\n\r\n': refusal('400 Bad Request: missing required Host header'),
      'GET / HTTP/1.1\r\nHost: x y\r\n\r\n': refusal('400 Bad Request: malformed Host header'),
      'GET / HTTP/1.1\r\nHost: x\r\nA b: c\r\n\r\n': refusal(
        '400 Bad Request: invalid header name',
      ),
      'GET / HTTP/2.0\r\nHost: x\r\n\r\n': refusal(
        '505 HTTP Version Not Supported: unsupported protocol version',
      ),
      [`GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(70_000)}\r\n\r\n`]: refusal(
        '431 Request Header Fields Too Large',
      ),
    };
    for (const [request, answer] of Object.entries(cases)) {
      assert.equal(await exchange(monitor, request), answer, request.slice(0, 60));
    }
  }));

test('an error in a document closes the connection, is logged, and the server goes on', () =>
  withMonitor(async (monitor, context) => {
    const errors: string[] = [];
    context.logger.error = (text) => errors.push(text);
    Object.defineProperty(context, 'accounts', {
      configurable: true,
      value: () => {
        throw new Error('broken');
      },
    });
    assert.equal(await exchange(monitor, 'GET /varz HTTP/1.1\r\nHost: x\r\n\r\n'), '');
    assert.deepEqual(errors, ['monitoring: broken']);
    const ok = await exchange(monitor, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n', 'ok');
    assert.match(ok, /200 OK/);
  }));

test('HTTPS with the certificate of the clients, without asking for theirs', async () => {
  const context = new FakeContext();
  const tls = { cert: pem('server.pem'), key: pem('server-key.pem'), ca: pem('ca.pem') };
  const monitor = await startMonitoring(context, { host: '127.0.0.1', port: -1, tls });
  const subjectOf = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const options = { rejectUnauthorized: false, agent: false } as const;
      const request = https.get(`${monitor.url}/healthz`, options, (response) => {
        const { fingerprint256 } = (
          response.socket as import('node:tls').TLSSocket
        ).getPeerCertificate();
        response.resume().on('end', () => resolve(`${response.statusCode} ${fingerprint256}`));
      });
      request.on('error', reject);
    });
  try {
    assert.match(context.notices[0] ?? '', /^Starting https monitor on 127\.0\.0\.1:\d+$/);
    const before = await subjectOf();
    assert.match(before, /^200 /);
    monitor.updateTls({ cert: pem('server-ecdsa.pem'), key: pem('server-ecdsa-key.pem') });
    const after = await subjectOf();
    assert.match(after, /^200 /);
    assert.notEqual(before, after);
  } finally {
    await monitor.close();
  }
});

test('close cuts idle connections', async () => {
  const monitor = await startMonitoring(new FakeContext(), { host: '127.0.0.1', port: -1 });
  const socket = net.connect(monitor.address.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(socket, 'data');
  const closed = once(socket, 'close');
  await monitor.close();
  await closed;
});

test('a long list is sent in chunks and is the same document', () =>
  withMonitor(async (monitor, context) => {
    for (let i = 0; i < 600; i++) context.connect([`a.${i}`]);
    const lists = {
      '/connz?limit=600&subs=1': 'connections',
      '/subsz?subs=1': 'subscriptions_list',
    };
    for (const [path, key] of Object.entries(lists)) {
      for (const version of ['1.1', '1.0']) {
        const request = `GET ${path} HTTP/${version}\r\nHost: x\r\nConnection: close\r\n\r\n`;
        const answer = await exchange(monitor, request);
        const [head = '', body = ''] = answer.split('\r\n\r\n', 2);
        assert.equal(head.includes('Transfer-Encoding: chunked'), version === '1.1');
        const text = version === '1.1' ? answer.slice(head.length + 4) : body;
        const document = JSON.parse(version === '1.1' ? unchunk(text) : text);
        assert.equal(document[key].length, 600, `${path} ${version}`);
      }
    }
  }));

function unchunk(text: string): string {
  let whole = '';
  let at = 0;
  for (;;) {
    const end = text.indexOf('\r\n', at);
    const size = Number.parseInt(text.slice(at, end), 16);
    if (size === 0) return whole;
    whole += text.slice(end + 2, end + 2 + size);
    at = end + 2 + size + 2;
  }
}

test('an error within a long list, or a client that goes away, harms nobody else', () =>
  withMonitor(async (monitor, context) => {
    const errors: string[] = [];
    context.logger.error = (text) => errors.push(text);
    for (let i = 0; i < 600; i++) context.connect();
    const broken = context.open[500];
    assert.ok(broken);
    Object.defineProperty(broken, 'subs', { value: undefined });
    const request = 'GET /connz?limit=600 HTTP/1.1\r\nHost: x\r\n\r\n';
    const cut = await exchange(monitor, request);
    assert.ok(cut.length > 10_000 && !cut.endsWith('0\r\n\r\n'));
    assert.equal(errors.length, 1);
    await exchange(monitor, 'GET /connz?limit=400 HTTP/1.1\r\nHost: x\r\n\r\n', 'connections');
    const ok = await exchange(monitor, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n', 'ok');
    assert.match(ok, /200 OK/);
  }));

test('a refused or raw connection is cut although the client keeps its side open', () =>
  withMonitor(async (monitor) => {
    for (const request of ['GARBAGE\r\n\r\n', 'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n']) {
      const socket = net.connect({
        port: monitor.address.port,
        host: '127.0.0.1',
        allowHalfOpen: true,
      });
      socket.on('error', () => {});
      socket.write(request);
      await once(socket.resume(), 'end');
      // Bytes to a socket that is gone are answered with a reset.
      const poke = setInterval(() => socket.write('x'), 50);
      const deadline = setTimeout(() => socket.destroy(new Error('not cut')), 3000);
      const errors: Error[] = [];
      socket.on('error', (error) => errors.push(error));
      await new Promise((resolve) => socket.once('close', resolve));
      clearInterval(poke);
      clearTimeout(deadline);
      assert.ok(!errors.some(({ message }) => message === 'not cut'), request);
    }
  }));
