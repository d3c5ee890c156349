/**
 * An update of an account's JWT, from the request to the words of its answer. Each kind of resolver
 * has its own checks in its own order, as in nats-server: which of two faults is named depends on it.
 */
import { accountClaimsProblem } from '../account/claims-problem.ts';
import type { KnownAccounts } from '../account/resolver.ts';
import type { AccountClaims } from '../auth/jwt/account-claims.ts';
import { decodeAccountClaims } from '../auth/jwt/token.ts';
import { errorText } from '../base/error-text.ts';
import type { ClaimsOperator } from './claims-requests.ts';

/** What an answer tells. */
export interface Outcome {
  readonly account: string;
  readonly message: string;
  readonly error?: string;
}

export interface UpdateContext {
  /** `none`: no folder. */
  readonly kind: 'full' | 'cache' | 'none';
  readonly accounts: KnownAccounts;
  readonly operator: ClaimsOperator | undefined;
  readonly nowSeconds: number;
  /** Takes the JWT in. */
  save(key: string, jwt: string): Promise<void>;
}

interface Update {
  readonly claims: AccountClaims;
  /** The account in the subject, where there is one. */
  readonly named: string | undefined;
  readonly context: UpdateContext;
}

const words = {
  full: { failed: 'jwt update', invalid: 'jwt validation failed', done: 'jwt updated' },
  cache: {
    failed: 'jwt update cache',
    invalid: 'jwt update cache validation failed',
    done: 'jwt updated cache',
  },
  none: { failed: 'jwt update', invalid: '', done: 'jwt updated' },
};

type Check = (update: Update) => Outcome | undefined;

const valid: Check = ({ claims, context }) => {
  const error = accountClaimsProblem(claims, context.nowSeconds);
  const message = words[context.kind].invalid;
  return error === undefined ? undefined : { account: claims.sub, message, error };
};

const sameSubject: Check = (update) => {
  const { claims, named } = update;
  if (named === undefined || claims.sub === named) return undefined;
  return failure(update, 'subject does not match jwt content');
};

const signedAsAsked: Check = (update) => {
  const { operator } = update.context;
  if (operator?.strict !== true || update.claims.iss !== operator.key) return undefined;
  return failure(update, 'operator requires issuer to be a signing key');
};

/** Not a failure: whoever needs the account gets the new JWT then. */
const inUse: Check = ({ claims, context }) => {
  if (context.accounts.isKnown(claims.sub)) return undefined;
  return { account: claims.sub, message: `${words[context.kind].failed} skipped` };
};

const checks: Record<UpdateContext['kind'], { named: Check[]; unnamed: Check[] }> = {
  full: { named: [valid, sameSubject, signedAsAsked], unnamed: [signedAsAsked, valid] },
  cache: {
    named: [sameSubject, signedAsAsked, inUse, valid],
    unnamed: [signedAsAsked, inUse, valid],
  },
  none: { named: [sameSubject, inUse], unnamed: [] },
};

function failure({ claims, named, context }: Update, error: string): Outcome {
  const message = `${words[context.kind].failed} resulted in error`;
  return { account: named ?? claims.sub, message, error };
}

/** Updates and tells how it went. */
export async function updateClaims(
  jwt: string,
  named: string | undefined,
  context: UpdateContext,
): Promise<Outcome> {
  const { kind } = context;
  if (kind === 'none' && jwt === '') {
    return { account: named ?? '', message: 'jwt update error', error: 'request body is empty' };
  }
  const decoded = decode(jwt, named, kind);
  if ('error' in decoded) return decoded;
  const update: Update = { claims: decoded.claims, named, context };
  for (const check of checks[kind][named === undefined ? 'unnamed' : 'named']) {
    const outcome = check(update);
    if (outcome !== undefined) return outcome;
  }
  try {
    await context.save(update.claims.sub, jwt);
  } catch (error) {
    return failure(update, errorText(error));
  }
  return { account: update.claims.sub, message: words[kind].done };
}

function decode(
  jwt: string,
  named: string | undefined,
  kind: UpdateContext['kind'],
): { claims: AccountClaims } | (Outcome & { error: string }) {
  try {
    return { claims: decodeAccountClaims(jwt) };
  } catch (error) {
    const message = `${words[kind].failed} resulted in error`;
    const account = kind === 'full' || named === undefined ? 'n/a' : named;
    return { account, message, error: errorText(error) };
  }
}
