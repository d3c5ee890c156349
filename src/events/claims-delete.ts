import type { JwtStore } from '../account/resolver-store.ts';
import { decodeGenericClaims, type GenericClaims } from '../auth/jwt/token.ts';
import { isPublicNkey } from '../auth/nkeys.ts';
import { errorText } from '../base/error-text.ts';
import { JsonObject } from '../base/json-tree.ts';
import type { ClaimsOperator } from './claims-requests.ts';
import type { Outcome } from './claims-update.ts';

export interface DeleteContext {
  readonly jwts: JwtStore;
  readonly operator: ClaimsOperator;
  /** Cannot be deleted. */
  readonly systemAccount: string;
}

/** Removes the accounts that a JWT signed by the operator names, and tells how it went. */
export async function deleteClaims(jwt: string, context: DeleteContext): Promise<Outcome> {
  let subject = '';
  let accounts: string[];
  try {
    const claims = decodeGenericClaims(jwt);
    subject = claims.sub;
    accounts = accountsToDelete(claims, context);
  } catch (error) {
    const message = `delete accounts request by ${subject} failed`;
    return { account: '', message, error: errorText(error) };
  }
  const errors: string[] = [];
  for (const account of accounts) {
    await context.jwts.delete(account).catch((error: unknown) => errors.push(errorText(error)));
  }
  const message = `deleted ${accounts.length - errors.length} accounts`;
  if (errors.length === 0) return { account: '', message };
  const shown = `${message}, failed for ${errors.length}`;
  return { account: '', message: shown, error: errors.join('\n') };
}

/** Throws an Error with nats-server's text for a request that is not granted. */
function accountsToDelete(
  { iss, sub, nats }: GenericClaims,
  { jwts, operator, systemAccount }: DeleteContext,
): string[] {
  if (jwts.options.deletes === 'refused') {
    throw new Error('delete must be enabled in server config');
  }
  if (sub !== iss) throw new Error('not self signed');
  if (!operator.signers.has(iss)) throw new Error('not trusted');
  const members = nats instanceof JsonObject ? nats.members : [];
  const list = members.findLast(([name]) => name === 'accounts')?.[1];
  if (!Array.isArray(list)) throw new Error('malformed request');
  return list.map((key) => {
    if (typeof key !== 'string' || !isPublicNkey(key, 'account')) {
      throw new Error('malformed request');
    }
    if (key === systemAccount) throw new Error('not allowed to delete system account');
    return key;
  });
}
