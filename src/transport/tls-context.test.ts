import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as net from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import * as tls from 'node:tls';
import type { TlsOptions } from '../options/types.ts';
import { selectCiphers, selectCurves, tlsVersionText } from './cipher-suites.ts';
import { describePeerCertificate } from './peer-certificate.ts';
import {
  buildTlsClient,
  buildTlsServer,
  describeTls,
  HandshakeError,
  secureAccepted,
  type TlsDescription,
} from './tls-context.ts';

const at = (name: string) => join(__PROJECT_ROOT__, 'test/fixtures/tls', name);
const pair = (name: string) => ({ certFile: at(`${name}.pem`), keyFile: at(`${name}-key.pem`) });
const pem = (name: string) => readFileSync(at(name));
const ca = pem('ca.pem');

function tlsOptions(more: Partial<TlsOptions> = {}): TlsOptions {
  return {
    ...pair('server'),
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
    ...more,
  };
}

interface Outcome {
  description?: TlsDescription;
  error?: Error;
}

/** Listens with these settings; `outcome` is the server's view of the next connection. */
async function listen(t: TestContext, options: TlsOptions, timeoutMs = 2000) {
  const settings = buildTlsServer(options);
  const outcomes: Outcome[] = [];
  let wake = () => {};
  const server = net.createServer({ pauseOnConnect: true }, (socket) => {
    socket.on('error', () => {});
    secureAccepted(socket, settings, timeoutMs)
      .then((secured) => {
        outcomes.push({ description: describeTls(secured) });
        secured.on('error', () => {});
        secured.write('hello');
        secured.pipe(secured);
      })
      .catch((error: Error) => outcomes.push({ error }))
      .finally(() => wake());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as net.AddressInfo;
  const sockets: net.Socket[] = [];
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    port,
    keep: <S extends net.Socket>(socket: S): S => {
      sockets.push(socket);
      return socket;
    },
    outcome: async (): Promise<Outcome> => {
      while (outcomes.length === 0) await new Promise<void>((done) => (wake = done));
      return outcomes.shift() as Outcome;
    },
  };
}

/** Connects and waits for the server's verdict; `cert` is what the client saw. */
async function connect(
  server: Awaited<ReturnType<typeof listen>>,
  options: tls.ConnectionOptions = {},
): Promise<Outcome & { cert: string }> {
  const client = server.keep(tls.connect({ port: server.port, host: '127.0.0.1', ca, ...options }));
  client.on('error', () => {});
  const outcome = await server.outcome();
  if (outcome.description && !client.getProtocol()) {
    await new Promise((done) => client.once('secureConnect', done));
  }
  const cert = client.getPeerX509Certificate()?.subject ?? '';
  return { ...outcome, cert: /CN=(.*)/.exec(cert)?.[1] ?? '' };
}

test('the default handshake is TLS 1.3 with Go’s first suite, data flows both ways', async (t) => {
  const server = await listen(t, tlsOptions());
  const client = server.keep(
    tls.connect({ port: server.port, host: 'localhost', servername: 'localhost', ca }),
  );
  const received = new Promise<string>((done) => {
    let text = '';
    client.on('data', (chunk) => {
      text += chunk;
      if (text.endsWith('!')) done(text);
    });
  });
  client.write('echo!');
  assert.equal(await received, 'helloecho!');
  assert.deepEqual((await server.outcome()).description, {
    version: '1.3',
    cipherSuite: 'TLS_AES_128_GCM_SHA256',
    peerCertificates: [],
  });
});

test('versions and suites are negotiated by the server’s preference', async (t) => {
  const suite = async (options: Partial<TlsOptions>, client: tls.ConnectionOptions) => {
    const { description, error } = await connect(await listen(t, tlsOptions(options)), client);
    return description ? `${description.version} ${description.cipherSuite}` : error?.message;
  };
  const old = { maxVersion: 'TLSv1.2' } as const;
  const ciphers = 'ECDHE-RSA-AES256-SHA:ECDHE-RSA-CHACHA20-POLY1305:ECDHE-RSA-AES128-GCM-SHA256';
  assert.equal(await suite({}, { ...old, ciphers }), '1.2 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256');
  assert.equal(
    await suite(pair('server-ecdsa'), old),
    '1.2 TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
  );
  const noAes = 'TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384';
  assert.equal(await suite({}, { ciphers: noAes }), '1.3 TLS_CHACHA20_POLY1305_SHA256');
  const cbc = 'ECDHE-RSA-AES256-SHA:ECDHE-RSA-AES128-SHA';
  assert.equal(await suite({}, { ...old, ciphers: cbc }), '1.2 TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA');
  const only = ['TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256'];
  assert.equal(
    await suite({ cipherSuites: only }, { ...old, ciphers }),
    '1.2 TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
  );
  assert.equal(
    await suite({ cipherSuites: only }, {}),
    '1.3 TLS_AES_128_GCM_SHA256',
    'TLS 1.3 is never configured away',
  );
  assert.equal(
    await suite({ cipherSuites: only }, { ...old, ciphers: 'ECDHE-RSA-AES256-GCM-SHA384' }),
    'tls: no cipher suite supported by both client and server',
  );
  assert.equal(
    await suite({ minVersion: '1.3' }, old),
    'tls: client offered only unsupported versions',
  );
  const ancient = {
    minVersion: 'TLSv1.1',
    maxVersion: 'TLSv1.1',
    ciphers: 'ALL:@SECLEVEL=0',
  } as const;
  assert.equal(await suite({}, ancient), 'tls: client offered only unsupported versions');
  const rsa = { ...old, ciphers: 'AES128-GCM-SHA256' };
  assert.equal(
    await suite({}, rsa),
    'tls: no cipher suite supported by both client and server',
    'insecure suites are off by default',
  );
  assert.equal(
    await suite({ cipherSuites: ['TLS_RSA_WITH_AES_128_GCM_SHA256'] }, rsa),
    '1.2 TLS_RSA_WITH_AES_128_GCM_SHA256',
  );
});

test('verify lets in who shows a certificate of the authority, no one else', async (t) => {
  const server = await listen(t, tlsOptions({ verify: true, caFile: at('ca.pem') }));
  const show = (name: string) => ({ cert: pem(`${name}.pem`), key: pem(`${name}-key.pem`) });
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const only = { maxVersion: version, minVersion: version };
    const good = await connect(server, { ...only, ...show('client') });
    // Node's client sends the authority along.
    assert.equal(
      good.description?.peerCertificates[1]?.subject,
      'CN=tnatsd test CA,O=tnatsd tests',
    );
    assert.deepEqual(good.description?.peerCertificates.slice(0, 1), [
      {
        subject: 'CN=derek,OU=unit,O=tnatsd tests,C=NL',
        spkiSha256: '0dfc84f8cbebfd848f0ab18ab9785c5d5e5d957b4c2440e5c97d096c14f7c7ba',
        certSha256: 'b40ecfc4cc3d2c7ec39150425ed856233bd0368817a1e96b9189f761f2bc1108',
      },
    ]);
    assert.equal(
      (await connect(server, only)).error?.message,
      "tls: client didn't provide a certificate",
    );
    assert.match(
      (await connect(server, { ...only, ...show('client-other') })).error?.message ?? '',
      /^tls: failed to verify certificate: x509: certificate signed by unknown authority \(CN=stranger,O=tnatsd tests SHA-256: [0-9a-f]{64}\)$/,
    );
  }
});

test('a resumed session still shows the client certificate', async (t) => {
  const server = await listen(t, tlsOptions({ verify: true, caFile: at('ca.pem') }));
  const credentials = { cert: pem('client.pem'), key: pem('client-key.pem') };
  const options = { host: '127.0.0.1', ca, ...credentials, port: server.port };
  const first = server.keep(tls.connect(options));
  const session = await new Promise<Buffer>((done) => first.once('session', done));
  await server.outcome();
  const second = server.keep(tls.connect({ ...options, session }));
  second.on('error', () => {});
  const { description } = await server.outcome();
  assert.equal(description?.peerCertificates[0]?.subject, 'CN=derek,OU=unit,O=tnatsd tests,C=NL');
});

test('CVE-2025-68121: a session of one listener is worth nothing at another', async (t) => {
  const lax = await listen(t, tlsOptions());
  const strict = await listen(t, tlsOptions({ verify: true, caFile: at('ca.pem') }));
  const first = lax.keep(tls.connect({ port: lax.port, host: '127.0.0.1', ca }));
  const session = await new Promise<Buffer>((done) => first.once('session', done));
  const again = lax.keep(tls.connect({ port: lax.port, host: '127.0.0.1', ca, session }));
  await new Promise((done) => again.once('secureConnect', done));
  assert.equal(again.isSessionReused(), true);
  assert.equal(
    (await connect(strict, { session })).error?.message,
    "tls: client didn't provide a certificate",
  );
});

test('without verify a certificate is not asked for', async (t) => {
  const server = await listen(t, tlsOptions({ caFile: at('ca.pem') }));
  const shown = await connect(server, { cert: pem('client.pem'), key: pem('client-key.pem') });
  assert.deepEqual(shown.description?.peerCertificates, []);
});

test('several certificates are chosen by the name the client asks for', async (t) => {
  const certificates = [pair('server'), pair('server-example')];
  const server = await listen(t, tlsOptions({ certFile: '', keyFile: '', certificates }));
  const asked = async (servername: string) =>
    (await connect(server, { servername, checkServerIdentity: () => undefined })).cert;
  assert.equal(await asked('localhost'), 'localhost');
  assert.equal(await asked('example.com'), 'example.com');
  assert.equal(await asked('a.example.com'), 'example.com');
  assert.equal(await asked('unknown.net'), 'localhost');
  assert.equal(await asked(''), 'localhost');
});

test('who is silent or does not speak TLS is turned away with a reason', async (t) => {
  const server = await listen(t, tlsOptions(), 60);
  server.keep(net.connect(server.port, '127.0.0.1'));
  const silent = (await server.outcome()).error;
  assert.ok(silent instanceof HandshakeError && silent.probe);
  assert.match(silent.message, /^read tcp 127\.0\.0\.1:\d+->127\.0\.0\.1:\d+: i\/o timeout$/);
  server.keep(net.connect(server.port, '127.0.0.1')).write('GET / HTTP/1.1\r\n\r\n');
  const notTls = 'tls: first record does not look like a TLS handshake';
  assert.equal((await server.outcome()).error?.message, notTls);
  server.keep(net.connect(server.port, '127.0.0.1')).write('CONNECT {"verbose":false}\r\n');
  const plain = (await server.outcome()).error as HandshakeError;
  assert.equal(plain.message, notTls);
  assert.equal(plain.probe, true);
  server.keep(
    net.connect(server.port, '127.0.0.1', function (this: net.Socket) {
      this.resetAndDestroy();
    }),
  );
  assert.match((await server.outcome()).error?.message ?? '', /: read: connection reset by peer$/);
  server.keep(
    net.connect(server.port, '127.0.0.1', function (this: net.Socket) {
      this.end();
    }),
  );
  const gone = (await server.outcome()).error as HandshakeError;
  assert.equal(gone.message, 'EOF');
  assert.equal(gone.probe, false);
});

test('bytes that were peeked and put back are part of the handshake', async (t) => {
  const settings = buildTlsServer(tlsOptions());
  const server = net.createServer((socket) => {
    socket.once('readable', () => {
      socket.unshift(socket.read() as Buffer);
      void secureAccepted(socket, settings, 2000).then((secured) => secured.end('ok'));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  t.after(() => server.close());
  const { port } = server.address() as net.AddressInfo;
  const client = tls.connect({ port, host: '127.0.0.1', ca });
  const text = await new Promise<string>((done, fail) => {
    client.on('data', (chunk) => done(String(chunk)));
    client.on('error', fail);
  });
  assert.equal(text, 'ok');
});

test('the dialling side checks the other server unless told not to', async (t) => {
  const server = await listen(t, tlsOptions({ verify: true, caFile: at('ca.pem') }));
  const dial = async (more: Partial<TlsOptions>) => {
    const { options } = buildTlsClient(tlsOptions({ ...pair('client'), ...more }));
    const socket = server.keep(tls.connect({ port: server.port, host: '127.0.0.1', ...options }));
    return new Promise<string>((done) => {
      socket.on('error', (error: NodeJS.ErrnoException) => done(error.code ?? ''));
      socket.on('secureConnect', () => done('connected'));
    });
  };
  assert.equal(await dial({ caFile: at('ca.pem') }), 'connected');
  assert.notEqual(await dial({ caFile: at('other-ca.pem') }), 'connected');
  assert.equal(await dial({ caFile: at('other-ca.pem'), insecure: true }), 'connected');
});

test('files that do not do are refused in nats-server’s words', () => {
  const refused = (more: Partial<TlsOptions>) => {
    try {
      buildTlsServer(tlsOptions(more));
    } catch (error) {
      return (error as Error).message;
    }
    return 'accepted';
  };
  const prefix = 'error parsing X509 certificate/key pair: ';
  assert.equal(
    refused({ certFile: '/nowhere.pem' }),
    `${prefix}open /nowhere.pem: no such file or directory`,
  );
  assert.equal(
    refused({ keyFile: at('client-key.pem') }),
    `${prefix}tls: private key does not match public key`,
  );
  assert.equal(
    refused({ verify: true, caFile: at('ca-key.pem') }),
    'failed to parse root ca certificate',
  );
  assert.equal(refused({ certFile: '', keyFile: '' }), 'TLS requires certificates');
});

test('what this runtime lacks is left out and named, or refused when nothing remains', () => {
  assert.deepEqual(selectCiphers(['TLS_RSA_WITH_RC4_128_SHA', 'TLS_AES_128_GCM_SHA256']), {
    value: 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256',
    missing: ['TLS_RSA_WITH_RC4_128_SHA'],
  });
  assert.throws(() => selectCiphers(['TLS_RSA_WITH_RC4_128_SHA']), /none of the cipher suites/);
  assert.equal(selectCurves(['CurveP384', 'X25519']).value, 'X25519:P-384');
  assert.equal(selectCurves([]).missing.length, 0);
  const hybrid = selectCurves(['X25519MLKEM768', 'CurveP256']);
  if (hybrid.missing.length > 0) {
    assert.equal(hybrid.value, 'P-256');
    assert.throws(() => selectCurves(['X25519MLKEM768']), /none of the curves/);
  } else {
    assert.equal(hybrid.value, 'X25519MLKEM768:P-256');
  }
  assert.equal(tlsVersionText('TLSv1'), '1.0');
  assert.equal(tlsVersionText('TLSv1.2'), '1.2');
});

test('a curve that only one side has ends the handshake', async (t) => {
  const server = await listen(t, tlsOptions({ curvePreferences: ['CurveP521'] }));
  assert.ok((await connect(server, { ecdhCurve: 'X25519' })).error);
  assert.ok((await connect(server, { ecdhCurve: 'P-521' })).description);
});

test('subjects are printed as Go prints them', () => {
  const describe = (name: string) => describePeerCertificate(new X509Certificate(pem(name)).raw);
  // Printed by Go's x509 package from the same files.
  assert.deepEqual(describe('client-odd.pem'), {
    subject:
      'CN=\\#odd \\"name\\"\\ ,OU=a\\+b\\;c,O=Ex\\, Ample,C=US,' +
      '1.2.840.113549.1.9.1=#0c0e6d65406578616d706c652e636f6d,' +
      '0.9.2342.19200300.100.1.25=#13076578616d706c65,0.9.2342.19200300.100.1.25=#1303636f6d',
    spkiSha256: '0d8bffca3facca68a4b6c58ff41efd5550be6c1be2a92baf4be67f116ab3df90',
    certSha256: '337b5a7952bbfcb928c3c7a23e167e1f5502d2076dc2ed4387095916c9ec3984',
  });
  assert.equal(describe('server.pem').subject, 'CN=localhost,O=tnatsd tests');
  assert.throws(() => describePeerCertificate(Buffer.from('3003020101', 'hex')));
});
