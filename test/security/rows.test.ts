import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

/*
 * Every advisory published for NATS, and what can go wrong on Node only: which tests show that tnatsd
 * does not have it, or which feature brings the test with it. A row may have both.
 */

type Feature = 'MQTT' | 'JetStream' | 'leaf nodes' | 'routes and gateways';

interface Row {
  readonly what: string;
  /** File to names of tests; `…` stands for what a loop puts in. */
  readonly tests?: Readonly<Record<string, readonly string[]>>;
  readonly comesWith?: readonly Feature[];
}

const canary = {
  'test/security/canary.test.ts': [
    'CVE-2026-33216, CVE-2026-33247: no secret of users, tokens, keys or proxies leaves a server',
    'CVE-2026-33247: no secret of the command line leaves a server',
    'no bearer JWT, seed or password of a URL leaves a server in operator mode',
    'no error about a configuration quotes a secret',
  ],
};
const delivered = {
  'src/auth/permissions.test.ts': [
    'CVE-2022-29946, GHSA-wh7g-5m82-pmhr, GHSA-jx8g-9g95-6322: delivered is allow without deny',
  ],
  'test/security/delivered.test.ts': [
    'nothing is delivered but what is allowed and not denied, over stream imports too',
  ],
};
const cycles = {
  'test/security/cycles.test.ts': [
    'CVE-2020-28466, CVE-2022-42709: circles of imports in a configuration',
    'CVE-2020-28466, CVE-2022-42709: circles of imports in the JWTs of accounts',
  ],
};
const requestInfo = {
  'src/deliver/message-header.test.ts': [
    'CVE-2026-33246, CVE-2026-33223: a forged header is stripped in every disguise',
  ],
  'test/accounts/borders.test.ts': [
    'CVE-2026-33246, CVE-2026-33223: who asks cannot say who it is',
  ],
};

const rows: Readonly<Record<string, Row>> = {
  // Before authentication.
  'CVE-2026-27571': {
    what: 'a compressed WebSocket message inflates without bound',
    tests: {
      'test/fault/websocket.test.ts': [
        'CVE-2026-27571: a message that inflates to a gigabyte is refused early, with 1009',
        'CVE-2026-27571: before CONNECT a message may inflate to 32 KiB, afterwards to max_payload',
      ],
    },
  },
  'CVE-2026-27889': {
    what: 'a malformed WebSocket frame crashes',
    tests: {
      'test/fault/websocket.test.ts': [
        'CVE-2026-27889: no malformed frame harms the server',
        'CVE-2026-27889: random bytes behind the upgrade',
      ],
    },
  },
  'CVE-2026-33219': {
    what: 'WebSocket fragments are gathered without bound',
    tests: {
      'test/fault/websocket.test.ts': [
        'CVE-2026-33219: endless fragments before CONNECT hold nothing',
        'CVE-2026-33219: endless fragments of a compressed message are collected up to 32 KiB',
      ],
    },
  },
  'CVE-2026-29785': {
    what: 'the negotiation of compression with a leaf node crashes',
    comesWith: ['leaf nodes'],
  },
  'CVE-2026-33218': { what: 'a malformed leaf node message crashes', comesWith: ['leaf nodes'] },
  'GHSA-3g5q-cfh2-cq67': {
    what: 'a leaf node that sends INFO twice crashes',
    comesWith: ['leaf nodes', 'routes and gateways'],
  },
  'GHSA-g33f-6538-grxh': {
    what: 'a cut issuer key in a JWT crashes',
    tests: {
      'src/auth/jwt/token.test.ts': [
        'every mutation of the issuer key is refused (GHSA-g33f-6538-grxh)',
        'sizes and depths have a maximum',
      ],
      'src/auth/nkeys.test.ts': [
        'no mutation of a key is a key, and none throws',
        'keys of another length with a right checksum are refused',
      ],
    },
  },
  'GHSA-r72h-j7qq-v6qg': { what: 'a partial MQTT CONNECT holds memory', comesWith: ['MQTT'] },
  'GHSA-p957-7v2w-g93g': {
    what: '/mqtt over WebSocket crashes without MQTT',
    tests: {
      'test/fault/websocket.test.ts': [
        'GHSA-p957-7v2w-g93g: /mqtt and /leafnode where neither is spoken',
      ],
    },
  },
  'GHSA-q59r-vq66-pxc2': {
    what: 'offset and limit of lists overflow',
    tests: {
      'src/monitor/connz.test.ts': [
        'no offset and limit leads outside the list (GHSA-q59r-vq66-pxc2)',
      ],
      'src/events/system-events.test.ts': [
        'GHSA-q59r-vq66-pxc2: odd values in requests are taken exactly or refused, never rounded',
      ],
      'src/server/events-host.test.ts': [
        'no options make a document fail otherwise than by refusing',
      ],
    },
  },
  // Who gets in, and as whom.
  'CVE-2022-24450': {
    what: 'a client chooses its account',
    tests: {
      'test/fault/advisories.test.ts': ['CVE-2022-24450: no field of CONNECT chooses an account'],
    },
  },
  'CVE-2023-47090': {
    what: 'users of the system account alone open the global account',
    tests: {
      'test/security/guests.test.ts': [
        'CVE-2023-47090: who gets in without credentials, by configuration',
      ],
      'src/auth/users.test.ts': ['who gets in when only the system account has users'],
    },
  },
  'GHSA-38x3-76xf-cq45': {
    what: 'the guest is let in on listeners of other kinds',
    tests: {
      'test/security/guests.test.ts': ['GHSA-38x3-76xf-cq45: what comes before CONNECT, …'],
    },
    comesWith: ['leaf nodes', 'routes and gateways'],
  },
  'GHSA-hmmp-q8cx-v964': {
    what: 'the guest is let in against its connection types and proxies',
    tests: {
      'test/security/guests.test.ts': [
        'GHSA-hmmp-q8cx-v964: a guest keeps to its connection types and proxies, …',
        'GHSA-hmmp-q8cx-v964: the guest of the WebSocket port is none elsewhere',
      ],
    },
  },
  'CVE-2026-33248': {
    what: 'names in certificates are compared wrongly',
    tests: {
      'src/transport/certificate-identities.test.ts': [
        'CVE-2026-33248: a certificate is mapped to the user that nats-server maps it to',
        'a name is equal to itself written in any way, and to no other order',
      ],
      'test/fault/tls-clients.test.ts': [
        'verify_and_map: the certificate is the user, and no other can be claimed',
      ],
    },
  },
  'CVE-2020-26892': {
    what: 'expired and revoked JWTs are taken',
    tests: {
      'test/security/ends.test.ts': [
        'CVE-2020-26892: expiry and revocations, by key and for all, end who is connected',
      ],
      'src/auth/jwt/limits.test.ts': ['revocations are those of nats-server'],
    },
  },
  'CVE-2021-3127': {
    what: 'activation tokens of others are taken',
    tests: {
      'src/auth/jwt/trust.test.ts': [
        'activation tokens are judged as nats-server judges them (CVE-2021-3127)',
        'an activation token for foo.* does not allow to import foo.>',
        'an exporter that signs in the name of another account gives no right',
      ],
    },
  },
  'CVE-2026-33215': { what: 'a client ID takes over a session', comesWith: ['MQTT'] },
  'CVE-2026-33246': {
    what: 'a leaf node forges who asks',
    tests: requestInfo,
    comesWith: ['leaf nodes'],
  },
  'CVE-2026-33223': { what: 'a client forges who asks', tests: requestInfo },
  // Who may do what.
  'CVE-2022-29946': { what: 'queue members get what is denied', tests: delivered },
  'GHSA-wh7g-5m82-pmhr': { what: 'denies that overlap do not count', tests: delivered },
  'GHSA-jx8g-9g95-6322': { what: 'queue denies replace plain ones', tests: delivered },
  'CVE-2026-33217': { what: 'subjects of MQTT are not checked', comesWith: ['MQTT'] },
  'GHSA-4g68-3pwx-5vfj': { what: 'replies of MQTT are not checked', comesWith: ['MQTT'] },
  'GHSA-7qmq-8cc4-hxwg': { what: 'retained messages are not checked', comesWith: ['MQTT'] },
  'CVE-2026-33249': {
    what: 'traces go where their sender may not publish',
    tests: {
      'test/accounts/borders.test.ts': [
        'CVE-2026-33249: a trace goes only where its sender may publish',
      ],
    },
  },
  'GHSA-p3j5-5hrq-p75h': {
    what: 'the same, by way of a leaf node',
    comesWith: ['leaf nodes'],
  },
  'CVE-2025-30215': { what: 'requests reach streams of others', comesWith: ['JetStream'] },
  'CVE-2026-33222': { what: 'a restore writes another stream', comesWith: ['JetStream'] },
  // Files and foreign protocols.
  'CVE-2022-26652': { what: 'a restore writes anywhere', comesWith: ['JetStream'] },
  'CVE-2022-28357': {
    what: 'an account JWT writes anywhere',
    tests: {
      'test/resolver/claims.test.ts': [
        'no request makes a file outside the folder or under a foreign name',
      ],
      'src/account/resolver-store.test.ts': [
        'no path is made of what is not a key, and no JWT stored under a foreign one',
      ],
    },
  },
  'GHSA-qrcv-3558-gj4f': {
    what: 'line breaks become protocol of others',
    tests: {
      'test/fault/advisories.test.ts': [
        'no line break gets from a client into a line of the log or of another client',
      ],
    },
    comesWith: ['MQTT', 'leaf nodes', 'routes and gateways'],
  },
  // Secrets.
  'CVE-2026-33216': {
    what: 'passwords are shown as JWTs',
    tests: {
      ...canary,
      'src/wire/redact-connect.test.ts': [
        'CVE-2026-33216: no secret stays in a trace, however its member is written',
      ],
    },
    comesWith: ['MQTT'],
  },
  'CVE-2026-33247': { what: 'the command line is shown', tests: canary },
  'CVE-2020-26149': { what: 'options with credentials are sent to others', tests: canary },
  // Crashes by those who are in.
  'CVE-2020-26521': {
    what: 'odd claims crash',
    tests: {
      'src/auth/jwt/token.test.ts': [
        'claims of any form give claims or a JwtError, and can be judged (CVE-2020-26521)',
      ],
    },
  },
  'CVE-2020-28466': { what: 'circles of imports, by service', tests: cycles },
  'CVE-2022-42709': { what: 'circles of imports, by stream', tests: cycles },
  'CVE-2022-42708': { what: 'insane numbers of replicas', comesWith: ['JetStream'] },
  // Cryptography.
  'CVE-2021-32026': {
    what: 'TLS by flags loses the list of ciphers',
    tests: {
      'test/fault/tls-clients.test.ts': [
        'CVE-2021-32026: TLS from flags follows the policy of TLS from a file',
      ],
    },
  },
  'CVE-2023-46129': {
    what: 'boxes are sealed with a key of zeros',
    tests: {
      'src/auth/callout/xkeys.test.ts': [
        'a box is what the C implementation of NaCl makes',
        'only the two keys of a box open it',
        'nothing is sealed to what is no key',
      ],
    },
  },
  'CVE-2025-68121': {
    what: 'sessions of one listener are resumed at another',
    tests: {
      'test/fault/tls-clients.test.ts': [
        'CVE-2025-68121: a session of one listener is not resumed at another',
        'a session from before a reload is not resumed behind it',
      ],
    },
  },
  // On Node only.
  'prototype pollution': {
    what: 'keys of JSON reach prototypes',
    tests: {
      'test/fault/advisories.test.ts': ['names of object prototypes are names like others'],
      'test/security/node.test.ts': [
        'no JSON of a client reaches a prototype: CONNECT, requests of the system account',
        'no claim of a JWT reaches a prototype',
      ],
      'src/options/process-config.test.ts': ['names from outside never reach a prototype'],
      'src/conf/parse.test.ts': ['keys of the prototype are only keys'],
    },
  },
  'integers beyond 2^53': {
    what: 'numbers lose their last digits',
    tests: {
      'test/fault/advisories.test.ts': ['numbers beyond their size are refused or mean nothing'],
      'src/auth/jwt/token.test.ts': ['integers beyond 2^53 are not rounded'],
      'src/monitor/query.test.ts': [
        'integers keep 64 bits and refuse the rest with the texts of strconv',
      ],
      'src/conf/parse.test.ts': ['integers keep 64 bits and take units'],
    },
  },
  'memory that is not cleared': {
    what: 'what was in a buffer before goes over the wire',
    tests: {
      'test/security/node.test.ts': [
        'what is delivered is what was published, never memory that was used before',
      ],
      'src/connection/outbound.test.ts': [
        'connections that share the pool never see each other in their bytes',
      ],
    },
  },
  'errors that nobody handles': {
    what: 'an error event or a rejected promise ends the process',
    tests: {
      'test/security/node.test.ts': [
        'connections that die at any stage, abruptly or not, take nothing along',
      ],
      'test/fault/before-authentication.test.ts': ['peers that reset at any moment do no harm'],
    },
  },
  'a busy event loop': {
    what: 'hashes, long JSON, patterns or deep subjects hold up everybody',
    tests: {
      'src/auth/bcrypt-checker.test.ts': ['the event loop is free while a password is compared'],
      'test/security/node.test.ts': [
        'no text of a client keeps the event loop busy: CONNECT, subjects, headers',
      ],
      'test/fault/advisories.test.ts': [
        'thousands of operations in one chunk do not hold up other clients',
      ],
      'src/events/system-events.test.ts': ['a request that is too long is not parsed'],
    },
  },
  'slow consumers': {
    what: 'who does not read fills the memory',
    tests: {
      'test/fault/back-pressure.test.ts': [
        '4 publishers, 100 subscribers, one stalled: bounded, and only that one is closed',
      ],
      'test/fault/websocket.test.ts': [
        'who does not read is a slow consumer alone, with and without compression',
      ],
    },
  },
  'texts as keys': {
    what: 'names from outside fill or slow down tables',
    tests: {
      'src/auth/permissions.test.ts': [
        'filters are bounded although queue names are the client’s',
        'many subjects in a small cache never give a wrong verdict',
      ],
      'src/subject/sublist.test.ts': ['subjects seen once do not push out those that repeat'],
    },
  },
  'HTTP pipelining': {
    what: 'requests behind each other on one port confuse it',
    tests: {
      'test/fault/websocket.test.ts': ['a thousand wasted requests end the connection'],
      'src/monitor/start-monitoring.test.ts': ['a body is read past, the connection goes on'],
    },
  },
  'the border of TLS': {
    what: 'what came in the clear is done as if it had come secured',
    tests: {
      'test/security/upgrade.test.ts': [
        'a ClientHello cut anywhere: …',
        'what is glued in front of a ClientHello is never done: …',
      ],
      'test/fault/proxy-protocol.test.ts': [
        'commands in the clear before the handshake are never executed',
      ],
    },
  },
  'memory before authentication': {
    what: 'connections that say nothing cost much',
    tests: {
      'test/security/idle-memory.test.ts': ['who says nothing costs little memory: …'],
      'test/fault/tls-memory.test.ts': [
        'an idle TLS connection costs at most 250 KiB',
        'a handshake that is not finished costs at most 250 KiB',
      ],
      'test/fault/before-authentication.test.ts': [
        'streams that never get anywhere hold no more than a control line',
        'all of them together hold no more than their bound: the oldest must go',
      ],
      'test/fault/proxy-protocol.test.ts': ['a ClientHello cut anywhere behind a header, …'],
    },
  },
};

/** What a test file passes to test() and it() as names. */
function titlesOf(file: string): Set<string> {
  const text = readFileSync(join(__PROJECT_ROOT__, file), 'utf8');
  const calls = text.matchAll(/\b(?:test|it)(?:\.\w+)?\(\s*(['"`])((?:\\.|(?!\1).)*)\1/gs);
  return new Set([...calls].map(([, , title = '']) => title.replace(/\$\{[^}]*\}/g, '…')));
}

test('every advisory has its tests, or the feature that brings them', () => {
  for (const [id, { tests = {}, comesWith = [] }] of Object.entries(rows)) {
    const named = Object.entries(tests);
    assert.ok(named.length + comesWith.length > 0, `${id} has nothing`);
    for (const [file, titles] of named) {
      const known = titlesOf(file);
      assert.ok(titles.length > 0, `${id} names no test of ${file}`);
      for (const title of titles) assert.ok(known.has(title), `${id}: ${file} has no "${title}"`);
    }
  }
});

test('every advisory is listed once', () => {
  const source = readFileSync(join(__PROJECT_ROOT__, 'test/security/rows.test.ts'), 'utf8');
  const ids = [...source.matchAll(/^ {2}'((?:CVE|GHSA)-[\w-]+)': \{/gm)].map(([, id]) => id);
  assert.equal(new Set(ids).size, ids.length, 'an id is there twice');
  assert.equal(ids.length, 43);
});
