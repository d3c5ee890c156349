import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import test from 'node:test';
import type { TLSSocket } from 'node:tls';
import { makeCertificate } from '../../../test/ocsp/authority.ts';
import { peerRejection, stapleReady } from './handshake.ts';
import type { OcspPeerVerifier, PeerVerdict } from './peer-verifier.ts';
import type { OcspStapler } from './stapler.ts';

const { certificate } = makeCertificate({ name: 'peer', ca: true });

function socket(destroyed = false): TLSSocket {
  const getPeerX509Certificate = () => certificate.x509;
  return Object.assign(new EventEmitter(), { destroyed, getPeerX509Certificate }) as never;
}

function verifier(verifyPeer: (sent: readonly Uint8Array[]) => Promise<PeerVerdict>) {
  return { verifyPeer } as unknown as OcspPeerVerifier;
}

test('a peer is judged by what it sent', async () => {
  const sent: (readonly Uint8Array[])[] = [];
  const good = verifier(async (certificates) => {
    sent.push(certificates);
    return 'good';
  });
  const peer = socket();
  assert.equal(await peerRejection(peer, good), undefined);
  assert.deepEqual(sent, [[certificate.raw]]);
  assert.equal(peer.listenerCount('error'), 0);
  const bad = verifier(async () => ({ reject: 'client not OCSP valid' }));
  assert.equal(await peerRejection(socket(), bad), 'client not OCSP valid');
});

test('a peer that has left, or could not be judged, may not stay', async () => {
  const good = verifier(async () => 'good');
  assert.equal(await peerRejection(socket(true), good), 'EOF');
  const broken = verifier(() => Promise.reject(new Error('broken')));
  assert.equal(await peerRejection(socket(), broken), 'broken');
});

test('an error of the socket while its peer is judged harms nobody', async () => {
  const peer = socket();
  const verdict = peerRejection(
    peer,
    verifier(async () => {
      peer.emit('error', new Error('reset'));
      return 'good';
    }),
  );
  assert.equal(await verdict, undefined);
});

test('a status that does not come in time is an error', async () => {
  const never = { staple: () => new Promise(() => {}) } as unknown as OcspStapler;
  await assert.rejects(stapleReady(never, 20), /i\/o timeout/);
  const there = { staple: () => Promise.resolve(Buffer.from('x')) } as unknown as OcspStapler;
  await stapleReady(there, 1000);
});
