/** What can be wrong with a subject transform, in nats-server's words: they end in API answers. */
const reasons = {
  badSubject: 'invalid subject',
  noTransforms: 'no matching transforms available',
  invalidSubject: 'invalid mapping destination: invalid transform',
  notAllWildcards: 'invalid mapping destination: not using all of the token wildcard(s)',
  unknownFunction: 'invalid mapping destination: unknown function',
  indexOutOfRange: 'invalid mapping destination: wildcard index out of range',
  notEnoughArgs: 'invalid mapping destination: not enough arguments passed to the function',
  invalidArg: 'invalid mapping destination: function argument is invalid or in the wrong format',
  tooManyArgs: 'invalid mapping destination: too many arguments passed to the function',
  notForImport:
    'invalid mapping destination: the only mapping function allowed for import transforms is {{Wildcard()}}',
} as const;

export type TransformErrorCode = keyof typeof reasons;

/** A transform that cannot be made or does not apply. `token` is the destination token at fault. */
export class TransformError extends Error {
  readonly code: TransformErrorCode;
  readonly token: string;

  constructor(code: TransformErrorCode, token = '') {
    super(token === '' ? reasons[code] : `${reasons[code]} in ${token}`);
    this.name = 'TransformError';
    this.code = code;
    this.token = token;
  }
}
