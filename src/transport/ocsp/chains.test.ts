import assert from 'node:assert/strict';
import test from 'node:test';
import { type Holder, makeCertificate } from '../../../test/ocsp/authority.ts';
import type { Certificate } from './certificate.ts';
import { buildChains } from './chains.ts';

const root = makeCertificate({ name: 'root', ca: true });
const middle = makeCertificate({ name: 'middle', issuer: root, ca: true });
const leaf = makeCertificate({ name: 'leaf', issuer: middle });
const hourMs = 3_600_000;

function chains(from: Holder, intermediates: Holder[], roots: Holder[], nowMs = Date.now()) {
  const certificates = (holders: Holder[]) => holders.map(({ certificate }) => certificate);
  const found = buildChains(
    from.certificate,
    certificates(intermediates),
    certificates(roots),
    nowMs,
  );
  return found.map((chain) => chain.map(({ x509 }) => /CN=(.*)/.exec(x509.subject)?.[1]).join(' '));
}

test('from a certificate over intermediates to a root', () => {
  assert.deepEqual(chains(leaf, [middle], [root]), ['leaf middle root']);
  assert.deepEqual(chains(leaf, [], [middle]), ['leaf middle']);
  assert.deepEqual(chains(leaf, [middle], [root, middle]), ['leaf middle', 'leaf middle root']);
  assert.deepEqual(chains(root, [], [root]), ['root']);
  assert.deepEqual(chains(leaf, [], [root]), []);
  assert.deepEqual(chains(leaf, [middle], []), []);
});

test('a name is not enough: the signature decides', () => {
  const impostor = makeCertificate({ name: 'middle', issuer: root, ca: true });
  assert.deepEqual(chains(leaf, [impostor], [root]), []);
  assert.deepEqual(chains(leaf, [impostor, middle], [root]), ['leaf middle root']);
});

test('only authorities that are valid now', () => {
  const old = makeCertificate({
    name: 'middle',
    issuer: root,
    ca: true,
    sameKeyAs: middle,
    notAfterMs: Date.now() - hourMs,
  });
  assert.deepEqual(chains(leaf, [old], [root]), []);
  assert.deepEqual(chains(leaf, [middle], [root], Date.now() + 1000 * 24 * hourMs), []);
  const noAuthority = makeCertificate({ name: 'middle', issuer: root, sameKeyAs: middle });
  assert.deepEqual(chains(leaf, [noAuthority], [root]), []);
});

test('a labyrinth of certificates costs a bounded number of signatures', () => {
  let checks = 0;
  const maze = (raw: string): Certificate => {
    const x509 = {
      ca: true,
      validFrom: 'Jan 1 00:00:00 2000 GMT',
      validTo: 'Jan 1 00:00:00 2100 GMT',
      verify: () => {
        checks++;
        return true;
      },
    };
    const name = Buffer.from('m');
    return { raw: Buffer.from(raw), subject: name, issuer: name, x509 } as unknown as Certificate;
  };
  const all = Array.from({ length: 12 }, (_, n) => maze(`c${n}`));
  assert.deepEqual(buildChains(maze('leaf'), all, [], Date.now()), []);
  assert.ok(checks > 50 && checks <= 100, String(checks));
  checks = 0;
  const found = buildChains(maze('leaf'), all, [maze('r')], Date.now());
  assert.ok(found.length > 0 && found.length <= 16, String(found.length));
});
