/**
 * What an authorization service answers: claims that its account signed, for the one user key and the
 * one server that were in the request, with the JWT of a user or an error. Everything else is refused,
 * with a text for the log.
 */
import type { CalloutTerms } from '../delegation.ts';
import {
  type AuthorizationResponseClaims,
  validateAuthorizationResponse,
} from '../jwt/authorization-claims.ts';
import { JwtError } from '../jwt/shape.ts';
import { decodeAuthorizationResponse, decodeUserClaims } from '../jwt/token.ts';
import { type UserClaims, validateUserClaims } from '../jwt/user-claims.ts';
import type { XKey } from './xkeys.ts';

/** How every JWT begins. */
const jwtPrefix = 'eyJ';

/** The answer is not what was asked for. The text is for the log. */
export class CalloutRefused extends Error {}

export interface ExpectedAnswer {
  readonly terms: CalloutTerms;
  readonly userNkey: string;
  readonly serverId: string;
  /** Undefined when the request was not encrypted. */
  readonly xkey: XKey | undefined;
  readonly nowSeconds: number;
  /** Does the account that asks for users sign with this key? Operator mode only. */
  isSigner(key: string): boolean;
}

/** The user that the service lets in. Throws CalloutRefused. */
export function answeredUser(payload: Buffer, expected: ExpectedAnswer): UserClaims {
  try {
    const { text, sealed } = openAnswer(payload, expected);
    const answer = decodeAuthorizationResponse(text);
    checkAnswer(answer, expected);
    if (!sealed) checkSigner(answer, expected);
    const { error, jwt } = answer.nats;
    if (error !== '') refuse(`Auth callout service returned an error: ${printable(error)}`);
    const user = decodeUserClaims(jwt);
    checkUser(user, expected);
    return user;
  } catch (error) {
    if (error instanceof JwtError) throw new CalloutRefused(titleCase(error.message));
    throw error;
  }
}

function openAnswer(payload: Buffer, { terms, xkey }: ExpectedAnswer) {
  if (payload.length === 0) {
    refuse(`Auth callout violation: "no reason supplied" on account "${terms.account}"`);
  }
  if (xkey === undefined || payload.latin1Slice(0, jwtPrefix.length) === jwtPrefix) {
    return { text: payload.latin1Slice(), sealed: false };
  }
  const opened = xkey.open(payload, terms.xkey);
  if (opened === undefined) {
    refuse(`Error decrypting auth callout response on account "${terms.account}"`);
  }
  return { text: opened.latin1Slice(), sealed: true };
}

function checkAnswer(answer: AuthorizationResponseClaims, expected: ExpectedAnswer): void {
  const [issue] = validateAuthorizationResponse(answer, expected.nowSeconds).list;
  if (issue !== undefined) refuse(`Authorization response had validation errors: ${issue.text}`);
  if (answer.sub !== expected.userNkey) {
    refuse('Auth callout violation: auth callout response is not for expected user');
  }
  if (answer.aud !== expected.serverId) {
    refuse('Auth callout violation: auth callout response is not for server');
  }
}

/** A box says itself who made it. */
function checkSigner(answer: AuthorizationResponseClaims, expected: ExpectedAnswer): void {
  const { terms } = expected;
  const { issuer_account: account } = answer.nats;
  if (terms.operatorMode && account !== '' && account !== terms.account) {
    refuse(`Auth callout response issuer account "${account}" is not the callout account`);
  }
  const signer =
    answer.iss === terms.issuer || (terms.operatorMode && expected.isSigner(answer.iss));
  if (!signer) refuse('Auth callout signing key is unknown');
}

function checkUser(user: UserClaims, { userNkey, nowSeconds, terms }: ExpectedAnswer): void {
  const [issue] = validateUserClaims(user, nowSeconds).list;
  if (issue !== undefined) refuse(`Error validating user JWT: ${issue.text}`);
  if (user.sub === userNkey) return;
  refuse(
    `Expected authorized user of "${userNkey}" but got "${user.sub}" on account "${terms.account}"`,
  );
}

/**
 * The account that the user belongs to: in operator mode the one that issued it, else the one that is
 * its audience. Throws CalloutRefused.
 */
export function placementOf(user: UserClaims, terms: CalloutTerms): string {
  const { issuer_account: account } = user.nats;
  const { issuer, operatorMode } = terms;
  if (account !== '' && !operatorMode) {
    refuse(`Error non operator mode account "${terms.account}": attempted to use issuer_account`);
  }
  const from = account || user.iss;
  if (from !== issuer && !operatorMode) {
    refuse(
      `Wrong issuer for auth callout response on account "${terms.account}", expected "${issuer}" got "${from}"`,
    );
  }
  if (from !== issuer && !mayPlaceIn(terms.allowedAccounts, from)) {
    refuse(
      `Account "${user.iss}" not permitted as valid account option for auth callout for account "${terms.account}"`,
    );
  }
  return operatorMode ? from : user.aud;
}

function mayPlaceIn(allowed: readonly string[], account: string): boolean {
  return (allowed.length === 1 && allowed[0] === '*') || allowed.includes(account);
}

function refuse(why: string): never {
  throw new CalloutRefused(why);
}

const errorCharsMax = 256;

/** The service's own words: nothing that a terminal obeys, and not without end. */
function printable(text: string): string {
  return text.slice(0, errorCharsMax).replace(/[\x00-\x1f\x7f]/g, ' ');
}

function titleCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
