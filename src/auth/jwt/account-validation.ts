/**
 * Is an account's JWT sound? The rules and words of the official library; nats-server takes no
 * account whose claims have a blocking issue.
 */
import { goQuote } from '../../base/go-quote.ts';
import { isPublicNkey } from '../nkeys.ts';
import {
  type AccountBody,
  type AccountClaims,
  type ExternalAuthorization,
  jetStreamLimits,
  type OperatorLimits,
  type WeightedMapping,
} from './account-claims.ts';
import { hasWildcards, validateSubject } from './claim-subject.ts';
import { validateTimeFrame } from './claims-data.ts';
import { validateExports, validateInfo } from './export-claims.ts';
import { validateImports } from './import-claims.ts';
import { tryDecodeActivation } from './token.ts';
import { validatePermissions } from './user-claims.ts';
import { Issues } from './validation.ts';

export function validateAccountClaims(claims: AccountClaims, nowSeconds: number): Issues {
  const issues = new Issues();
  const { nats } = claims;
  validateTimeFrame(claims, nowSeconds, issues);
  validateImports(nats.imports, claims.sub, tryDecodeActivation, issues);
  validateExports(nats.exports, issues);
  validateTiers(nats.limits, issues);
  validatePermissions(nats.default_permissions, issues);
  validateMappings(nats.mappings, issues);
  validateExternalAuthorization(nats.authorization, issues);
  validateTrace(nats, issues);
  validateCounts(nats, issues);
  validateSigningKeys(nats, issues);
  validateInfo(nats, issues);
  if (!['', 'system', 'owner'].includes(nats.cluster_traffic)) {
    issues.error(`unknown cluster traffic option: ${goQuote(nats.cluster_traffic)}`);
  }
  if (isPublicNkey(claims.iss, 'account') && !isEmpty(nats.limits)) {
    issues.warning("self-signed account JWTs shouldn't contain operator limits");
  }
  return issues;
}

function isEmpty(limits: OperatorLimits): boolean {
  const { tiered_limits: tiers, ...rest } = limits;
  return tiers.size === 0 && Object.values(rest).every((value) => !value);
}

function validateTiers(limits: OperatorLimits, issues: Issues): void {
  if (limits.tiered_limits.size === 0) return;
  const names = Object.keys(jetStreamLimits.zero()) as (keyof OperatorLimits)[];
  if (names.some((name) => limits[name])) {
    issues.error('JetStream Limits and tiered JetStream Limits are mutually exclusive');
  }
  if (limits.tiered_limits.has('')) {
    issues.error('Tiered JetStream Limits can not contain a blank "" tier name');
  }
}

function validateMappings(mappings: AccountBody['mappings'], issues: Issues): void {
  for (const [source, destinations] of mappings) {
    validateSubject(source, issues);
    for (const one of destinations) validateSubject(one.subject, issues);
    validateWeights(goQuote(source), destinations, issues);
  }
}

function validateWeights(
  shown: string,
  destinations: readonly WeightedMapping[],
  issues: Issues,
): void {
  const totals = new Map<string, number>();
  for (const { weight: given, cluster } of destinations) {
    const weight = given || 100;
    if (weight > 100) issues.error(`Mapping ${shown} has a weight ${weight} that exceeds 100`);
    const total = (totals.get(cluster) ?? 0) + weight;
    totals.set(cluster, total);
    if (cluster === '' || total <= 100) continue;
    const where = `in cluster ${goQuote(cluster)}`;
    issues.error(`Mapping ${shown} ${where} exceeds 100% among all of it's weighted to mappings`);
  }
  if ((totals.get('') ?? 0) <= 100) return;
  issues.error(`Mapping ${shown} exceeds 100% among all of it's weighted to mappings`);
}

function validateExternalAuthorization(
  { auth_users: users, allowed_accounts: accounts, xkey }: ExternalAuthorization,
  issues: Issues,
): void {
  if (accounts.length > 0 && users.length === 0) {
    issues.error('External authorization cannot have accounts without users specified');
  }
  for (const user of users) {
    if (isPublicNkey(user, 'user')) continue;
    issues.error(`AuthUser ${goQuote(user)} is not a valid user public key`);
  }
  for (const account of accounts) {
    if (account === '*' && accounts.length > 1) {
      issues.error('AllowedAccounts can only be a list of accounts or "*"');
    } else if (account !== '*' && !isPublicNkey(account, 'account')) {
      issues.error(`Account ${goQuote(account)} is not a valid account public key`);
    }
  }
  if (xkey !== '' && !isPublicNkey(xkey, 'curve')) {
    issues.error(`XKey ${goQuote(xkey)} is not a valid public xkey`);
  }
}

function validateTrace({ trace }: AccountBody, issues: Issues): void {
  if (trace === undefined) return;
  const own = new Issues();
  validateSubject(trace.dest, own);
  const [first] = own.list;
  if (first !== undefined) issues.error(`the account Trace.Destination ${first.text}`);
  if (hasWildcards(trace.dest)) {
    const shown = goQuote(trace.dest);
    issues.error(`the account Trace.Destination subject ${shown} is not a valid publish subject`);
  }
  if (trace.sampling < 0 || trace.sampling > 100) {
    const shown = `'${trace.sampling}'`;
    issues.error(
      `the account Trace.Sampling value ${shown} is not valid, should be in the range [1..100]`,
    );
  }
}

const tooManyImports = 'the account contains more imports than allowed by the operator';

function validateCounts({ limits, imports, exports }: AccountBody, issues: Issues): void {
  const above = imports.length > limits.imports;
  if (!isEmpty(limits) && limits.imports >= 0 && above) issues.error(tooManyImports);
  if (limits.imports !== -1 && above) issues.error(tooManyImports);
  if (limits.exports === -1) return;
  if (exports.length > limits.exports) {
    issues.error('the account contains more exports than allowed by the operator');
  }
  if (limits.wildcards) return;
  for (const one of exports) {
    if (one !== undefined && !hasWildcards(one.subject)) continue;
    issues.error('the account contains wildcard exports that are not allowed by the operator');
  }
}

function validateSigningKeys({ signing_keys: keys }: AccountBody, issues: Issues): void {
  for (const [key, scope] of keys) {
    if (isPublicNkey(key, 'account')) continue;
    issues.error(
      scope === undefined
        ? `${goQuote(key)} is not a valid account signing key`
        : `${key} is not an account public key`,
    );
  }
}
