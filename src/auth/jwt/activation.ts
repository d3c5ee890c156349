import { isSubsetMatch } from '../../subject/match.ts';
import { type ActivationClaims, validateActivation } from './activation-claims.ts';
import { validateTimeFrame } from './claims-data.ts';
import type { RevocationList } from './export-claims.ts';
import { type ImportClaims, validateImport } from './import-claims.ts';
import { isRevoked } from './revocations.ts';
import { tryDecodeActivation } from './token.ts';
import { Issues } from './validation.ts';

/** Who exports, as far as activation tokens are judged by it. */
export interface Exporter {
  readonly name: string;
  /** Keys that sign for it: see `signersOf`. */
  readonly signers: { has(key: string): boolean };
}

/**
 * The claims of the activation token with which `importer` imports, if the token counts: made for this
 * importer and this subject, issued by the exporter or a signing key of it, in force at `nowSeconds`,
 * and not revoked. The import ends when the claims expire (`exp`).
 */
export function activationOf(
  claim: ImportClaims,
  importer: string,
  exporter: Exporter,
  nowSeconds: number,
  revocations?: RevocationList,
): ActivationClaims | undefined {
  if (claim.token === '') return undefined;
  const issues = new Issues();
  validateImport(claim, importer, tryDecodeActivation, issues);
  if (issues.blocks(true)) return undefined;
  const token = tryDecodeActivation(claim.token);
  if (token === undefined || !isTrusted(token, exporter) || !covers(token, claim)) return undefined;
  validateTimeFrame(token, nowSeconds, issues);
  validateActivation(token, issues);
  if (issues.blocks(true) || (token.exp !== 0 && token.exp <= nowSeconds)) return undefined;
  const revoked = revocations !== undefined && isRevoked(revocations, token.sub, token.iat);
  return revoked ? undefined : token;
}

/** Without `issuer_account` the issuer is the account itself. */
function isTrusted(token: ActivationClaims, exporter: Exporter): boolean {
  const { issuer_account: account } = token.nats;
  if (account === '') return token.iss === exporter.name;
  return account === exporter.name && exporter.signers.has(token.iss);
}

/** nats-server takes `foo.>` for a part of `foo.*` here. */
function covers(token: ActivationClaims, claim: ImportClaims): boolean {
  const imported = claim.type === 'service' && claim.to !== '' ? claim.to : claim.subject;
  return isSubsetMatch(imported, token.nats.subject);
}
