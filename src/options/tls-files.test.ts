import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { defaultOptions, emptyTls } from './default-options.ts';
import { memoryIo } from './memory-io.ts';
import { pemBlocks } from './pem.ts';
import { processConfigString } from './process-config.ts';
import { tlsFilesProblem } from './tls-files.ts';

const fixture = (name: string) =>
  readFileSync(join(__PROJECT_ROOT__, 'test/fixtures/tls', name), 'latin1');
const cert = fixture('server.pem');
const key = fixture('server-key.pem');
const ecKey = fixture('server-ecdsa-key.pem');

function pairProblem(certText: string, keyText: string): string | undefined {
  const tls = { ...emptyTls(), certFile: 'c', keyFile: 'k' };
  return tlsFilesProblem(memoryIo({ c: certText, k: keyText }), tls);
}

test('a pair is accepted in every form that Go accepts', () => {
  const lines = cert.trim().split('\n');
  const body = lines.slice(1, -1).join('');
  const forms = [
    cert,
    cert.replaceAll('\n', '\r\n'),
    `subject=foo\n-- bar\n${cert}trailing - text`,
    `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----`,
    [lines[0], 'X: y', '', ...lines.slice(1)].join('\n'),
    cert + fixture('ca.pem'),
    ecKey + cert,
  ];
  for (const form of forms) assert.equal(pairProblem(form, key), undefined, form);
  assert.equal(pairProblem(cert, cert + key), undefined);
  assert.equal(pairProblem(cert, key.replaceAll('PRIVATE KEY', 'RSA PRIVATE KEY')), undefined);
});

test('what is wrong with a pair is worded as Go does', () => {
  const lines = cert.trim().split('\n');
  const intro = 'error parsing X509 certificate/key pair: ';
  const cases: [certText: string, keyText: string, problem: string][] = [
    ['', key, 'tls: failed to find any PEM data in certificate input'],
    [cert.replace('MII', 'M!I'), key, 'tls: failed to find any PEM data in certificate input'],
    [lines.slice(0, -1).join('\n'), key, 'tls: failed to find any PEM data in certificate input'],
    [`  ${lines.join('\n  ')}`, key, 'tls: failed to find any PEM data in certificate input'],
    [
      key,
      cert,
      'tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched',
    ],
    [
      cert.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE'),
      key,
      'tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [TRUSTED CERTIFICATE]',
    ],
    [cert, '', 'tls: failed to find any PEM data in key input'],
    [cert, cert, 'tls: found a certificate rather than a key in the PEM for the private key'],
    [cert, key.replace('MII', 'M!I'), 'tls: failed to find any PEM data in key input'],
    [cert, fixture('client-key.pem'), 'tls: private key does not match public key'],
    [cert, ecKey, 'tls: private key type does not match public key type'],
    [
      cert,
      `${key.split('\n').slice(0, 3).join('\n')}\n-----END PRIVATE KEY-----`,
      'tls: failed to parse private key',
    ],
  ];
  for (const [certText, keyText, problem] of cases) {
    assert.equal(pairProblem(certText, keyText), intro + problem);
  }
});

test('authorities need one certificate that can be read', () => {
  const problem = (text: string) =>
    tlsFilesProblem(memoryIo({ ca: text }), { ...emptyTls(), caFile: 'ca' });
  assert.equal(problem(fixture('ca.pem')), undefined);
  assert.equal(problem(`junk\n${fixture('ca.pem')}`), undefined);
  assert.equal(problem(key), 'failed to parse root ca certificate');
  assert.equal(problem(''), 'failed to parse root ca certificate');
});

test('a certificate store is one of Windows: the text is that of nats-server elsewhere', () => {
  const problem = (store: string): string => {
    try {
      processConfigString(`tls { cert_store: ${store} }`, memoryIo({}), defaultOptions());
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };
  const elsewhere = /cert_store not compatible with current operating system/;
  assert.match(problem('"WindowsCurrentUser", cert_match_by: Subject, cert_match: x'), elsewhere);
  assert.match(problem('windowslocalmachine'), elsewhere);
  assert.match(problem('keychain'), /cert store type not implemented/);
  assert.match(problem('""'), /expected 'cert_store' to be a valid non-empty string/);
});

test('files that cannot be read are named as Go names them', () => {
  const problem = (tls: object) =>
    tlsFilesProblem(memoryIo({ c: cert }), { ...emptyTls(), ...tls });
  const missing = 'no such file or directory';
  assert.equal(problem({ caFile: '/no' }), `open /no: ${missing}`);
  assert.match(
    problem({ certFile: 'c', keyFile: '/no' }) ?? '',
    new RegExp(`open /no: ${missing}$`),
  );
  assert.equal(problem({ certFile: 'c' }), "missing 'key_file' in TLS configuration");
});

test('a block with a broken end hides the text up to that end only', () => {
  const text = `-----BEGIN A-----\nAAAA\n-----END B-----\n-----BEGIN C-----\nAAAA\n-----END C-----\n`;
  assert.deepEqual(
    pemBlocks(text).map((block) => block.type),
    ['C'],
  );
});
