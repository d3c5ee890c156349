import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pairs, recorded } from '../../test/fixtures/jwt/recorded.ts';
import { type AccountClaims, newAccountClaims } from '../auth/jwt/account-claims.ts';
import { exportShape } from '../auth/jwt/export-claims.ts';
import { type ImportClaims, importShape } from '../auth/jwt/import-claims.ts';
import { decodeAccountClaims } from '../auth/jwt/token.ts';
import { accountSpecFromClaims } from './account-claims.ts';
import type { AccountSpec } from './account-spec.ts';

const nowMs = 1_800_000_000_000;
const tokenOf = (name: string) => recorded.tokens.find((one) => one.name === name)!.token;

function specOf(claims: AccountClaims, strict = false, problems: string[] = []): AccountSpec {
  const onProblem = (text: string) => void problems.push(text);
  return accountSpecFromClaims(claims, { nowMs: () => nowMs, strict, onProblem });
}

const withImport = (one: Partial<ImportClaims>) => {
  const claims = newAccountClaims(pairs.account.publicKey);
  claims.nats.imports.push({ ...importShape.zero(), account: 'E', ...one });
  return specOf(claims);
};

test('claims become exports, imports, mappings and limits', () => {
  const spec = specOf(decodeAccountClaims(tokenOf('full account')));
  assert.equal(spec.name, pairs.account.publicKey);
  assert.equal(spec.nameTag, 'A');
  assert.equal(spec.issuer, pairs.operatorKey.publicKey);
  assert.deepEqual(spec.limits, {
    maxConnections: 10,
    maxSubscriptions: 100,
    maxPayload: 4096,
    maxLeafnodes: 2,
  });
  assert.deepEqual(
    spec.serviceExports.map(({ activated: _activated, ...rest }) => rest),
    [
      {
        subject: 'q.*',
        accounts: undefined,
        accountTokenPosition: 2,
        responseType: 'chunked',
        responseThresholdNs: 3_000_000_000n,
        latency: { sampling: 0, subject: 'lat' },
        allowTrace: true,
      },
    ],
  );
  assert.equal(spec.streamExports[0]?.subject, 'feed.>');
  assert.equal(typeof spec.streamExports[0]?.activated, 'function');
  assert.deepEqual(spec.mappings, [
    {
      source: 'a.*',
      destinations: [
        { subject: 'b.$1', weight: 60, cluster: '' },
        { subject: 'c.$1', weight: 40, cluster: 'east' },
      ],
    },
  ]);
  assert.deepEqual([spec.traceDest, spec.traceSampling], ['trace.me', 20]);
  assert.deepEqual(spec.defaultPermissions?.publish, { allow: undefined, deny: ['never'] });
  assert.equal(spec.clusterTrafficOwner, true);
  assert.deepEqual(spec.externalAuthorization?.allowed_accounts, ['*']);
  assert.deepEqual([...(spec.userRevocations ?? [])], [[pairs.user.publicKey, 1000]]);
  assert.equal(spec.expiresMs, undefined);
});

test('subjects of imports are the exporter’s and the local one', () => {
  const stream = (one: Partial<ImportClaims>) =>
    withImport({ type: 'stream', ...one }).streamImports[0];
  const service = (one: Partial<ImportClaims>) =>
    withImport({ type: 'service', ...one }).serviceImports[0];
  const facts = { account: 'E', token: '' };
  const plain = { ...facts, allowTrace: false };
  const a = { subject: 'a' };
  assert.deepEqual(stream(a), { ...plain, subject: 'a', to: '', prefix: '' });
  assert.deepEqual(stream({ ...a, to: 'p' }), { ...plain, subject: 'a', to: '', prefix: 'p' });
  const local = { ...plain, subject: 'a', to: 'l', prefix: '' };
  assert.deepEqual(stream({ ...a, local_subject: 'l' }), local);
  const shared = { ...facts, share: false };
  assert.deepEqual(service(a), { ...shared, subject: 'a', to: 'a' });
  assert.deepEqual(service({ ...a, to: 'b' }), { ...shared, subject: 'b', to: 'a' });
  assert.deepEqual(service({ ...a, local_subject: 'l' }), { ...shared, subject: 'a', to: 'l' });
});

test('JetStream is on with storage, whole or by tier', () => {
  assert.equal(specOf(newAccountClaims(pairs.account.publicKey)).jetstream, undefined);
  const { jetstream } = specOf(decodeAccountClaims(tokenOf('full account')));
  assert.deepEqual(jetstream, {
    maxMemory: 2n ** 40n,
    maxStore: -1n,
    maxStreams: 5,
    maxConsumers: 6,
    maxAckPending: 7,
    memoryMaxStreamBytes: 8n,
    storeMaxStreamBytes: -1n,
    maxBytesRequired: true,
  });
  const tiered = specOf(decodeAccountClaims(tokenOf('tiered account')));
  assert.equal(tiered.jetstream, undefined);
  assert.deepEqual([...(tiered.jetstreamTiers?.keys() ?? [])], ['R1', 'R3']);
  assert.equal(tiered.jetstreamTiers?.get('R1')?.maxStore, 2n ** 63n - 1n);
  assert.equal(tiered.expiresMs, 4_000_000_000_000);
});

test('limits beyond 32 bits are cut, negative ones but -1 allow nothing', () => {
  const claims = newAccountClaims(pairs.account.publicKey);
  Object.assign(claims.nats.limits, { subs: 2 ** 40, payload: -5, conn: -1, leaf: 0 });
  assert.deepEqual(specOf(claims).limits, {
    maxSubscriptions: 2 ** 31 - 1,
    maxPayload: 0,
    maxConnections: -1,
    maxLeafnodes: 0,
  });
});

test('bad mappings are told and left out', () => {
  const claims = newAccountClaims(pairs.account.publicKey);
  claims.nats.mappings.set('a', [{ subject: 'b.$3', weight: 100, cluster: '' }]);
  claims.nats.mappings.set('ok', [{ subject: 'b', weight: 0, cluster: '' }]);
  const problems: string[] = [];
  const { mappings } = specOf(claims, false, problems);
  assert.deepEqual(
    mappings.map(({ source }) => source),
    ['ok'],
  );
  assert.equal(mappings[0]?.destinations[0]?.weight, 100);
  assert.match(problems.join(), /^Error adding subject mapping "a" for account \[A/);
});

test('only signing keys sign for an account of a strict operator', () => {
  const claims = decodeAccountClaims(tokenOf('full account'));
  assert.ok(specOf(claims).signers?.has(claims.sub));
  const { signers } = specOf(claims, true);
  assert.ok(!signers?.has(claims.sub) && signers?.has(pairs.accountKey.publicKey));
});

/** The account `other` exports `orders.*`; imports are those of the recorded activations. */
function exporter(revocations: [string, number][]): AccountSpec {
  const claims = newAccountClaims(pairs.other.publicKey);
  const one = { ...exportShape.zero(), subject: 'orders.*', type: 'stream' as const };
  claims.nats.exports.push({ ...one, token_req: true, revocations: new Map(revocations) });
  return specOf(claims);
}

test('a private export asks for an activation token that is good for importer and subject', () => {
  const importer = pairs.account.publicKey;
  const token = String(recorded.activations.find(({ name }) => name === 'good')!.import.token);
  const { activated } = exporter([]).streamExports[0]!;
  assert.ok(activated?.(importer, token, 'orders.*'));
  assert.ok(activated?.(importer, token, 'orders.new'));
  assert.ok(!activated?.(importer, token, 'orders.>'));
  assert.ok(!activated?.(importer, token, 'other'));
  assert.ok(!activated?.(pairs.accountKey.publicKey, token, 'orders.*'));
  assert.ok(!activated?.(importer, '', 'orders.*'));
  const revoking = exporter([['*', 4_000_000_000]]).streamExports[0]!;
  assert.ok(!revoking.activated?.(importer, token, 'orders.*'));
});

test('an import tells when its activation token expires', () => {
  const later = recorded.activations.find(({ name }) => name === 'later')!;
  const one = { ...importShape.zero(), ...later.import } as ImportClaims;
  assert.deepEqual(withImport(one).activationsExpireMs, [4_000_000_000_000]);
  assert.deepEqual(withImport({ ...one, token: 'x' }).activationsExpireMs, []);
});
