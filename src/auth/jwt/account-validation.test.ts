import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pairs } from '../../../test/fixtures/jwt/recorded.ts';
import { newAccountClaims } from './account-claims.ts';
import { validateAccountClaims } from './account-validation.ts';
import { type ExportClaims, exportShape } from './export-claims.ts';
import { importShape } from './import-claims.ts';
import { issuesMax } from './validation.ts';

const count = 5_000;

function withExports(subjectOf: (index: number) => string) {
  const claims = newAccountClaims(pairs.account.publicKey);
  const one: ExportClaims = { ...exportShape.zero(), type: 'stream' };
  for (let i = 0; i < count; i++) claims.nats.exports.push({ ...one, subject: subjectOf(i) });
  return claims;
}

test('thousands of exports and imports with wildcards are judged in time', () => {
  const claims = withExports((index) => `*.e.${index}`);
  const one = { ...importShape.zero(), type: 'service' as const, account: 'x' };
  for (let i = 0; i < count; i++) claims.nats.imports.push({ ...one, subject: `*.i.${i}` });
  const started = process.hrtime.bigint();
  assert.deepEqual(validateAccountClaims(claims, 0).list, []);
  const tookMs = Number(process.hrtime.bigint() - started) / 1e6;
  assert.ok(tookMs < 5_000, `${tookMs} ms`);
});

test('issues are bounded, and what blocks is among them', () => {
  const claims = withExports(() => '.');
  claims.nbf = 1;
  claims.exp = 2;
  const issues = validateAccountClaims(claims, 3);
  assert.ok(issues.list.length <= issuesMax + 2);
  assert.ok(issues.blocks(false) && issues.list.some((issue) => issue.timeCheck));
});
