import { assertedVersionProblem, type OperatorClaims } from '../auth/jwt/operator-claims.ts';
import { JwtError } from '../auth/jwt/shape.ts';
import { decodeOperatorClaims, decodeUserClaims } from '../auth/jwt/token.ts';
import { hasEmptyPermissions, operatorKeys, trustedKeyProblem } from '../auth/jwt/trust.ts';
import type { UserClaims } from '../auth/jwt/user-claims.ts';
import { isPublicNkey } from '../auth/nkeys.ts';
import { goQuote } from '../base/go-quote.ts';
import type { Options } from './types.ts';

/** The version that an operator's JWT may ask for at most: that of the nats-server we are. */
const serverVersion = [2, 15, 2] as const;

/** What is wrong with the options of operator mode, in nats-server's words. */
export function operatorProblem(options: Options): string | undefined {
  const operators = options.operatorJwts.map(decodeOperatorClaims);
  const [first] = operators;
  if (first === undefined) {
    return options.defaultSentinel === ''
      ? undefined
      : 'default sentinel requires operators and accounts';
  }
  return (
    sentinelProblem(options.defaultSentinel) ??
    exclusiveProblem(options) ??
    systemAccountProblem(options, operators, first) ??
    firstProblem(operators, (one) => assertedVersionProblem(one, serverVersion)) ??
    keysProblem(options, operators) ??
    (options.authCallout &&
      'operators do not allow authorization callouts to be configured directly')
  );
}

function firstProblem<T>(
  items: readonly T[],
  problemOf: (item: T) => string | undefined,
): string | undefined {
  for (const item of items) {
    const problem = problemOf(item);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function sentinelProblem(jwt: string): string | undefined {
  if (jwt === '') return undefined;
  const nats = sentinelClaims(jwt)?.nats;
  if (nats === undefined) return 'default sentinel JWT not valid';
  // Whoever looks like a user of a scoped signing key is judged at run time, when its account is known.
  const scoped = nats.issuer_account !== '' && hasEmptyPermissions(nats);
  return nats.bearer_token || scoped ? undefined : 'default sentinel must be a bearer token';
}

function sentinelClaims(jwt: string): UserClaims | undefined {
  try {
    return decodeUserClaims(jwt);
  } catch (error) {
    if (error instanceof JwtError) return undefined;
    throw error;
  }
}

function exclusiveProblem(options: Options): string | undefined {
  if (options.resolver === undefined) {
    return 'operators require an account resolver to be configured';
  }
  if (options.accounts.length > 0 || options.mappings.length > 0) {
    return 'operators do not allow Accounts to be configured directly';
  }
  if (options.users.length > 0 || options.nkeys.length > 0) {
    return 'operators do not allow users to be configured directly';
  }
  return options.trustedKeys.length > 0
    ? "conflicting options for 'TrustedKeys' and 'TrustedOperators'"
    : undefined;
}

function systemAccountProblem(
  options: Options,
  operators: readonly OperatorClaims[],
  first: OperatorClaims,
): string | undefined {
  const { systemAccount } = options;
  if (systemAccount !== '') {
    const named = operators.some((operator) => operator.nats.system_account !== '');
    const same = operators.some((operator) => operator.nats.system_account === systemAccount);
    return named && !same
      ? 'system_account in config and operator JWT must be identical'
      : undefined;
  }
  const type = options.resolver?.type.toLowerCase();
  if (first.nats.system_account !== '' || (type !== 'full' && type !== 'cache')) return undefined;
  return (
    'using nats based account resolver - the system account needs to be specified in configuration ' +
    'or the operator jwt'
  );
}

function keysProblem(options: Options, operators: readonly OperatorClaims[]): string | undefined {
  const bad = trustedKeyProblem(operatorKeys(operators));
  if (bad !== undefined) return bad;
  const pinned = options.resolverPinnedAccounts?.find((key) => !isPublicNkey(key, 'account'));
  return pinned && `pinned account key ${goQuote(pinned)} is not a valid public account nkey`;
}
