import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { TlsOptions } from '../options/types.ts';
import { NodeHttpClient } from './http-client.ts';

const at = (name: string) => join(__PROJECT_ROOT__, 'test/fixtures/tls', name);
const limits = { timeoutMs: 5_000, bytesMax: 1_000 };

const noTls: TlsOptions = {
  certFile: '',
  keyFile: '',
  caFile: '',
  certificates: [],
  verify: false,
  insecure: false,
  map: false,
  checkKnownUrls: false,
  timeoutSeconds: 2,
  connectionRateLimit: 0,
  allowInsecureCiphers: false,
  cipherSuites: [],
  curvePreferences: [],
  pinnedCerts: undefined,
  handshakeFirst: false,
  handshakeFirstFallbackNs: 0n,
  minVersion: '',
  certStore: '',
  certMatchBy: '',
  certMatch: '',
  caCertsMatch: [],
  certMatchSkipInvalid: false,
  ocspPeer: undefined,
};

type Answer = (request: http.IncomingMessage, response: http.ServerResponse) => void;

async function listening(t: TestContext, server: http.Server): Promise<string> {
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function plain(t: TestContext, answer: Answer): Promise<string> {
  return `http://${await listening(t, http.createServer(answer))}`;
}

function client(t: TestContext, tls?: TlsOptions): NodeHttpClient {
  const made = new NodeHttpClient(tls);
  t.after(() => made.close());
  return made;
}

test('gets a body, its status, and keeps the connection', async (t) => {
  const ports = new Set<number | undefined>();
  const url = await plain(t, (request, response) => {
    ports.add(request.socket.remotePort);
    response.writeHead(request.url === '/jwt/A' ? 200 : 404);
    response.end('the token');
  });
  const http1 = client(t);
  const found = await http1.get(`${url}/jwt/A`, limits);
  assert.deepEqual([found.status, found.body.toString()], [200, 'the token']);
  const missing = await http1.get(`${url}/jwt/B`, limits);
  assert.deepEqual([missing.status, missing.statusText], [404, '404 Not Found']);
  assert.equal(ports.size, 1);
});

test('follows redirections, and not for ever', async (t) => {
  const url = await plain(t, (request, response) => {
    const end = request.url === '/end';
    response.writeHead(end ? 200 : 302, { location: request.url === '/once' ? '/end' : '/loop' });
    response.end(end ? 'here' : '');
  });
  const found = await client(t).get(`${url}/once`, limits);
  assert.equal(found.body.toString(), 'here');
  await assert.rejects(client(t).get(`${url}/loop`, limits), /stopped after 10 redirects$/);
});

test('a body beyond the limit, a cut body and silence are errors', async (t) => {
  const url = await plain(t, (request, response) => {
    if (request.url === '/long') response.end(Buffer.alloc(1_001));
    if (request.url === '/cut') {
      response.writeHead(200, { 'content-length': '10' });
      response.write('abc', () => response.destroy());
    }
    if (request.url === '/trickle') response.write('a');
  });
  await assert.rejects(client(t).get(`${url}/long`, limits), /longer than 1000 bytes$/);
  await assert.rejects(client(t).get(`${url}/cut`, limits), /aborted|EOF/);
  const short = { ...limits, timeoutMs: 50 };
  await assert.rejects(client(t).get(`${url}/silent`, short), /deadline exceeded/);
  await assert.rejects(client(t).get(`${url}/trickle`, short), /deadline exceeded/);
});

test('errors speak as Go does and name no password', async (t) => {
  const url = await plain(t, () => {});
  const port = new URL(url).port;
  const closed = http.createServer();
  const where = await listening(t, closed);
  await new Promise((resolve) => closed.close(resolve));
  await assert.rejects(client(t).get(`http://me:s3cret@${where}/x`, limits), {
    message: `Get "http://me:xxxxx@${where}/x": dial tcp ${where}: connect: connection refused`,
  });
  await assert.rejects(client(t).get(`ftp://127.0.0.1:${port}/`, limits), {
    message: `Get "ftp://127.0.0.1:${port}/": unsupported protocol scheme "ftp"`,
  });
});

test('HTTPS trusts the authorities of resolver_tls only', async (t) => {
  const files = { cert: readFileSync(at('server.pem')), key: readFileSync(at('server-key.pem')) };
  const server = https.createServer(files, (_request, response) => response.end('secret'));
  const url = `https://${(await listening(t, server)).replace('127.0.0.1', 'localhost')}/`;
  const trusting = client(t, { ...noTls, caFile: at('ca.pem') });
  assert.equal((await trusting.get(url, limits)).body.toString(), 'secret');
  const other = client(t, { ...noTls, caFile: at('other-ca.pem') });
  await assert.rejects(other.get(url, limits), /certificate|signature/);
  await assert.rejects(client(t).get(url, limits), /certificate|signature/);
});
