/**
 * Whom an Authenticator asks when a configured list does not decide: the claims of a user's JWT
 * (operator mode), and the authorization service of an account (auth callout).
 */
import type { AuthRequest, AuthResult, AuthUser } from './auth-user.ts';

export type Pending<T> = T | Promise<T>;

export function andThen<T, U>(value: Pending<T>, next: (value: T) => Pending<U>): Pending<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** An answer, and what an authorization service needs to know about it. */
export interface Judgement {
  readonly result: AuthResult;
  /** Name, nkey or JWT subject of the user that was claimed, if there is such a user. */
  readonly identified?: string;
  /** The account of the user's JWT leaves the decision to its authorization service. */
  readonly terms?: CalloutTerms;
}

/** How an authorization service is asked, and what it may answer. */
export interface CalloutTerms {
  readonly operatorMode: boolean;
  /** Where it listens. */
  readonly account: string;
  /** The account key that signs; in operator mode the account itself. */
  readonly issuer: string;
  /** Public curve key to encrypt to; empty sends plain text. */
  readonly xkey: string;
  /** Users that are not delegated: the service itself. */
  readonly authUsers: readonly string[];
  /** Accounts it may place users in, in operator mode; `*` alone is all. */
  readonly allowedAccounts: readonly string[];
}

export interface JwtJudge {
  judge(request: AuthRequest, trustedProxy: boolean): Pending<Judgement>;
}

export interface CalloutQuestion {
  readonly terms: CalloutTerms;
  readonly request: AuthRequest;
  readonly trustedProxy: boolean;
  /** Whom the JWT that was sent stands for. */
  readonly sentinel: AuthUser | undefined;
  /** Nobody waits for the answer any more. */
  isGone(): boolean;
}

export interface CalloutService {
  /** Never rejects. */
  ask(question: CalloutQuestion): Promise<AuthResult>;
}
