import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { defaultOptions } from '../../src/options/default-options.ts';
import { processConfigString } from '../../src/options/process-config.ts';
import type { Options } from '../../src/options/types.ts';
import { configText, type ServerConfig } from '../../src/server/server-config.ts';

/* Typed options become a text of the configuration language, and nothing is lost on the way. */

const io = { readFile: () => Buffer.alloc(0), env: () => undefined, stat: () => undefined };

function read(config: ServerConfig): Options {
  const options = defaultOptions();
  processConfigString(configText(config), io, options);
  return options;
}

/** One value per option; tls reads files and is shown over sockets. */
const all: Required<Omit<ServerConfig, 'tls'>> = {
  host: '127.0.0.1',
  port: 4333,
  serverName: 'one',
  serverTags: ['a:b', 'c'],
  clientAdvertise: 'example.org:4222',
  authorization: { timeout: 1.5, users: [{ user: 'u', password: 'p' }] },
  noAuthUser: 'u',
  allowNonTls: true,
  websocket: {
    host: '127.0.0.2',
    port: 8080,
    noTls: true,
    allowedOrigins: ['http://a'],
    userCookie: 'c',
    handshakeTimeout: '3s',
    authorization: { user: 'w', password: 'v', timeout: 2 },
    headers: { 'X-Frame': 'kept as it is' },
  },
  http: 8333,
  https: '127.0.0.1:8334',
  httpBasePath: '/base',
  maxConnections: 3,
  maxControlLine: '2kb',
  maxPayload: 1000,
  maxPending: '2mb',
  maxSubscriptions: 4,
  maxSubTokens: 5,
  pingInterval: '3s',
  pingMax: 6,
  writeDeadline: '4s',
  writeTimeout: 'close',
  maxClosedClients: 7,
  noFastProducerStall: true,
  lameDuckDuration: '31s',
  lameDuckGracePeriod: '5s',
  mappings: { 'maxPayload.x': 'y', z: [{ destination: 'z2', weight: '40%' }] },
  noHeaderSupport: true,
  serverMetadata: { maxPayload: 'kept as it is' },
  jsonp: true,
  debug: true,
  trace: true,
  traceHeaders: true,
  maxTracedMsgLen: 8,
  pidFile: '/run/x.pid',
  portsFileDir: '/run',
};

test('every typed option is an option of the configuration file', () => {
  const defaults = defaultOptions();
  for (const [key, value] of Object.entries(all)) {
    const options = read({ [key]: value } as ServerConfig);
    assert.notDeepEqual(options, defaults, `${key} changes nothing`);
  }
  const options = read(all);
  assert.equal(options.host, '127.0.0.1');
  assert.equal(options.maxControlLine, 2048);
  assert.equal(options.authTimeoutSeconds, 1.5);
  assert.deepEqual(options.metadata, { maxPayload: 'kept as it is' });
  assert.equal(options.websocket.usernameCookie, 'c');
  assert.equal(options.websocket.username, 'w');
  assert.deepEqual(options.websocket.headers, { 'X-Frame': 'kept as it is' });
  assert.deepEqual(
    options.mappings.map(({ source }) => source),
    ['maxPayload.x', 'z'],
  );
});

test('any text survives, whatever the configuration language means by its characters', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1 }),
    fc.constantFrom(
      '$HOME',
      '"',
      '\\',
      '\\x41',
      '#',
      '1k',
      'true',
      '2a',
      '$2a$',
      "it's",
      '%d',
      '{',
    ),
  );
  fc.assert(
    fc.property(text, text, (serverName, password) => {
      const options = read({ serverName, authorization: { user: 'u', password } });
      assert.equal(options.serverName, serverName);
      assert.equal(options.password, password);
    }),
    { numRuns: 500 },
  );
});

test('permissions keep their form', () => {
  const { users } = read({
    authorization: {
      users: [
        {
          user: 'a',
          password: 'b',
          permissions: {
            publish: { allow: ['x.>'], deny: 'x.y' },
            subscribe: 'in.*',
            allowResponses: { max: 2, expires: '5s' },
          },
        },
      ],
    },
  });
  assert.deepEqual(users[0]?.permissions?.publish, { allow: ['x.>'], deny: ['x.y'] });
  assert.deepEqual(users[0]?.permissions?.subscribe?.allow, ['in.*']);
  assert.equal(users[0]?.permissions?.response?.maxMsgs, 2);
});
