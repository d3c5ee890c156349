import {
  embed,
  integer,
  list,
  type Members,
  member,
  type Shape,
  text,
  textShape,
} from './shape.ts';
import type { Issues } from './validation.ts';

/** What the claims of every JWT have. Times are seconds since 1970; 0 is none. */
export interface ClaimsData {
  aud: string;
  exp: number;
  /** Hash of the claims; nothing is judged by it. */
  jti: string;
  iat: number;
  iss: string;
  name: string;
  nbf: number;
  sub: string;
}

/** What the member `nats` of all claims has. */
export interface GenericFields {
  tags: string[];
  type: string;
  /** Of the format: 1 or 2. */
  version: number;
}

export const claimsDataMembers: Members<ClaimsData> = embed('ClaimsData', {
  aud: member(text),
  exp: member(integer()),
  jti: member(text),
  iat: member(integer()),
  iss: member(text),
  name: member(text),
  nbf: member(integer()),
  sub: member(text),
});

export const tagList: Shape<string[]> = list(text, 'jwt.TagList');
export const stringList: Shape<string[]> = list(text, 'jwt.StringList');
export const subject: Shape<string> = textShape('jwt.Subject');

export const plainGenericMembers: Members<GenericFields> = {
  tags: member(tagList),
  type: member(textShape('jwt.ClaimType')),
  version: member(integer('int')),
};

export const genericMembers = embed('GenericFields', plainGenericMembers);

/** What version 1 has beside `nats` and version 2 inside. */
export interface V1Fields {
  tags: string[];
  type: string;
  issuer_account: string;
}

export const v1Members: Members<V1Fields> = embed('v1ClaimsDataDeletedFields', {
  tags: member(tagList),
  type: member(textShape('jwt.ClaimType')),
  issuer_account: member(text),
});

/** The common part of claims of version 1. */
export function claimsDataOf(claims: ClaimsData): ClaimsData {
  const { aud, exp, jti, iat, iss, name, nbf, sub } = claims;
  return { aud, exp, jti, iat, iss, name, nbf, sub };
}

/** Expired, or not valid yet, at `nowSeconds`? Both are time checks. */
export function validateTimeFrame(claims: ClaimsData, nowSeconds: number, issues: Issues): void {
  if (claims.exp > 0 && nowSeconds > claims.exp) issues.timeCheck('claim is expired');
  if (claims.nbf > 0 && claims.nbf > nowSeconds) issues.timeCheck('claim is not yet valid');
}
