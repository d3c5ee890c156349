import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { endpoints } from './endpoints.ts';
import { FakeContext } from './fake-context.ts';
import { createRouter } from './router.ts';

function router(change: (context: FakeContext) => void = () => {}) {
  const context = new FakeContext();
  change(context);
  const route = createRouter(context);
  return { context, get: (target: string, method = 'GET') => route({ method, target }) };
}

test('every endpoint answers, whatever the method', () => {
  const { get } = router();
  for (const { path } of endpoints) {
    for (const method of ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS']) {
      assert.equal(get(path, method).status, path === '/raftz' ? 404 : 200, `${method} ${path}`);
    }
  }
});

test('documents are JSON for every origin, refusals are plain text', () => {
  const { get } = router();
  assert.deepEqual(get('/varz').headers, [
    ['Access-Control-Allow-Origin', '*'],
    ['Content-Type', 'application/json'],
  ]);
  const refusal = get('/connz?limit=x');
  assert.equal(refusal.status, 400);
  assert.deepEqual(refusal.headers, [['Content-Type', 'text/plain; charset=utf-8']]);
  assert.equal(
    String(refusal.body),
    `Error decoding int for 'limit': strconv.Atoi: parsing "x": invalid syntax`,
  );
});

test('a refusal keeps the bytes it quotes, and has the type that Go sees in it', () => {
  const { get } = router();
  const { body } = get('/connz?sort=%F0%9F%98%80%FF');
  assert.deepEqual(body, Buffer.from('invalid sorting option: \xf0\x9f\x98\x80\xff', 'latin1'));
  assert.deepEqual(get('/accountz?acc=%00').headers, [
    ['Content-Type', 'application/octet-stream'],
  ]);
});

test('paths are exact; what is not clean is redirected', () => {
  const { get } = router();
  for (const path of ['/varz/', '/VARZ', '/nope', '/debug', '/varz%2f', '/%2e/varz', '/varz;a']) {
    const { status, body } = get(path);
    assert.deepEqual([status, body], [404, '404 page not found\n'], path);
  }
  assert.equal(get('/%76arz').status, 200);
  assert.equal(get('http://host/healthz?x').status, 200);
  const moved = get('//a/../varz?x="<y>"');
  assert.equal(moved.status, 307);
  assert.deepEqual(moved.headers[1], ['Location', '/varz?x="<y>"']);
  assert.equal(moved.body, '<a href="/varz?x=&#34;&lt;y&gt;&#34;">Temporary Redirect</a>.\n\n');
  assert.equal(get('//varz', 'POST').body, '');
  assert.deepEqual(get('//a%20b').headers[1], ['Location', '/a%2520b']);
  assert.deepEqual(get('/\r\n//x').headers[1], ['Location', '/%250D%250A/x']);
});

test('http_base_path stands before every path, however it is written', () => {
  for (const base of ['nats', '/nats', '/nats/', '//nats//']) {
    const { get } = router((context) => {
      context.options.httpBasePath = base;
    });
    assert.equal(get('/nats').status, 200, base);
    assert.equal(get('/nats/varz').status, 200, base);
    assert.equal(get('/nats/').status, 404, base);
    assert.equal(get('/varz').status, 404, base);
    assert.equal(get('/').status, 404, base);
    assert.match(String(get('/nats').body), /<a href="\.\/nats\/varz">General/, base);
  }
});

test('requests are counted as nats-server counts them', () => {
  const { context, get } = router();
  const paths = ['/', '/varz', '/connz', '/connz?limit=x', '/subsz?subs=x', '/subscriptionsz'];
  for (const path of [...paths, '/stacksz', '/ipqueuesz', '/raftz', '/debug/vars', '/nope']) {
    get(path);
  }
  assert.deepEqual(Object.fromEntries(context.httpRequests), {
    '/': 1,
    '/varz': 1,
    '/connz': 1,
    '/subsz': 2,
  });
});

test('health failures and the old argument are logged', () => {
  const { context, get } = router();
  get('/healthz?stream=S');
  get('/healthz?stream=S&details=1');
  get('/healthz?js-enabled=1');
  assert.deepEqual(context.warnings, [
    'Healthcheck failed: "\\"account\\" must not be empty when checking stream health"',
    'Healthcheck failed: 1 errors',
    'Healthcheck: js-enabled deprecated, use js-enabled-only instead',
  ]);
});

test('JSONP only with the option, only for documents, only for names', () => {
  const plain = router().get('/healthz?callback=cb');
  assert.equal(plain.body, '{"status":"ok"}');
  const { get } = router((context) => {
    context.options.jsonp = true;
  });
  assert.equal(get('/healthz?callback=a.b[0]').body, 'a.b[0]({"status":"ok"})');
  assert.deepEqual(get('/healthz?callback=cb').headers, [
    ['Content-Type', 'application/javascript'],
  ]);
  assert.equal(get('/healthz').body, '{"status":"ok"}');
  for (const bad of ['alert(1)//', 'a%3Cb', `x${'y'.repeat(200)}`]) {
    assert.equal(get(`/healthz?callback=${bad}`).status, 400, bad);
  }
  assert.equal(get('/connz?limit=x&callback=cb').status, 400);
});

test('any target is answered', () => {
  const { get } = router();
  const piece = fc.constantFrom(
    '/',
    '.',
    '..',
    'varz',
    'connz',
    '%',
    '%2f',
    '?',
    '&',
    '=',
    '#',
    'é',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string())), (pieces) => {
      const { status, headers } = get(`/${pieces.join('')}`);
      assert.ok([200, 307, 400, 404].includes(status));
      for (const [, header] of headers) assert.match(header, /^[\x20-\x7e]*$/);
    }),
  );
});

test('no secret of the configuration or the command line shows anywhere', () => {
  const { context, get } = router(({ options }) => {
    for (const field of ['username', 'password', 'authorization'] as const) {
      options[field] = 'canary';
    }
    options.cluster.password = 'canary';
    options.leafNode.password = 'canary';
    options.websocket.token = 'canary';
    options.mqtt.password = 'canary';
    options.gateway.password = 'canary';
  });
  Object.assign(context.connect(['x']).options, {
    pass: 'canary',
    auth_token: 'canary',
    jwt: 'canary',
    sig: 'canary',
  });
  const paths = [...endpoints.map(({ path }) => path), '/connz?auth=1&subs=detail&state=any'];
  for (const path of [...paths, '/accountz?acc=$G', '/accstatz?unused=1']) {
    assert.ok(!String(get(path).body).includes('canary'), path);
  }
});
