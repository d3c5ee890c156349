import { isPublicNkey } from '../auth/nkeys.ts';
import { goQuote } from '../base/go-quote.ts';
import { jwtBody, type OperatorClaims, operatorClaims } from './operator-claims.ts';
import type { Options } from './types.ts';

/** The version that an operator's JWT may ask for at most: that of the nats-server we are. */
const serverVersion = [2, 15, 2] as const;
const versionParts = ['major', 'minor', 'update'] as const;

/** What is wrong with the options of operator mode, in nats-server's words. */
export function operatorProblem(options: Options): string | undefined {
  const operators = options.operatorJwts.flatMap((jwt) => operatorClaims(jwt) ?? []);
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
    firstProblem(operators, versionProblem) ??
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
  const nats = jwtBody(jwt)?.nats;
  if (nats?.type !== 'user') return 'default sentinel JWT not valid';
  if (nats.bearer_token === true) return undefined;
  // A scoped user has no permissions of its own; its account is looked up at run time.
  const empty = (value: unknown) =>
    value === undefined || Object.keys(value as object).length === 0;
  const scoped = nats.issuer_account !== undefined && empty(nats.pub) && empty(nats.sub);
  return scoped ? undefined : 'default sentinel must be a bearer token';
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
    const named = operators.some((operator) => operator.systemAccount !== '');
    const same = operators.some((operator) => operator.systemAccount === systemAccount);
    return named && !same
      ? 'system_account in config and operator JWT must be identical'
      : undefined;
  }
  const type = options.resolver?.type.toLowerCase();
  if (first.systemAccount !== '' || (type !== 'full' && type !== 'cache')) return undefined;
  return (
    'using nats based account resolver - the system account needs to be specified in configuration ' +
    'or the operator jwt'
  );
}

function versionProblem(operator: OperatorClaims): string | undefined {
  const asked = operator.assertServerVersion;
  if (asked === '') return undefined;
  const parts = asked.split('.').map(Number);
  if (parts.length !== 3 || parts.some((part) => !Number.isInteger(part))) {
    return (
      `operator ${operator.subject} expects version ${asked} got error instead: ` +
      'asserted server version must be of the form <major>.<minor>.<update>'
    );
  }
  for (const [index, have] of serverVersion.entries()) {
    const want = parts[index] ?? 0;
    if (want < have) return undefined;
    if (want === have) continue;
    const part = versionParts[index] ?? '';
    return `operator ${operator.subject} expected ${part} version ${want} > server ${part} version ${have}`;
  }
  return undefined;
}

function keysProblem(options: Options, operators: readonly OperatorClaims[]): string | undefined {
  const keys = operators.flatMap((operator) => [
    ...(operator.strictSigningKeyUsage ? [] : [operator.subject]),
    ...operator.signingKeys,
  ]);
  const bad = keys.find((key) => !isPublicNkey(key, 'operator'));
  if (bad !== undefined) {
    return `trusted Keys ${goQuote(bad)} are required to be a valid public operator nkey`;
  }
  const pinned = options.resolverPinnedAccounts?.find((key) => !isPublicNkey(key, 'account'));
  return pinned && `pinned account key ${goQuote(pinned)} is not a valid public account nkey`;
}
