/**
 * Asks the authorization service of an account who a client is (auth callout): a request signed by
 * this server goes out on `$SYS.REQ.USER.AUTH` in that account, encrypted when the service has a curve
 * key, and the first answer on a subject of its own decides. No answer within the time for
 * authentication, or one that is not right in every respect, refuses the client; the log says why,
 * without anything that the client sent.
 */

import type { Account } from '../account/account.ts';
import type { Accounts } from '../account/accounts.ts';
import { type AuthResult, type AuthUser, unlimited } from '../auth/auth-user.ts';
import { requestClaims } from '../auth/callout/request.ts';
import {
  answeredUser,
  CalloutRefused,
  type ExpectedAnswer,
  placementOf,
} from '../auth/callout/response.ts';
import { nonceBytes, XKey } from '../auth/callout/xkeys.ts';
import {
  allowsConnection,
  claimedUser,
  connectionEnd,
  type UserAccount,
} from '../auth/claimed-user.ts';
import type { CalloutQuestion, CalloutService, CalloutTerms } from '../auth/delegation.ts';
import type { AuthorizationServer } from '../auth/jwt/authorization-claims.ts';
import { JwtError } from '../auth/jwt/shape.ts';
import { encodeJwt } from '../auth/jwt/token.ts';
import { scopedClaims, signersOf, type TrustedKeys } from '../auth/jwt/trust.ts';
import type { UserClaims } from '../auth/jwt/user-claims.ts';
import { KeyPair } from '../auth/nkeys.ts';
import { InvalidPermission } from '../auth/permissions.ts';
import { calloutSubject } from '../auth/user-table.ts';
import type { Deliverer } from '../deliver/deliver.ts';
import { InternalClient } from '../deliver/internal-client.ts';
import type { Options } from '../options/types.ts';
import type { Clock, Random, Timers } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { ServerInfo } from '../wire/info.ts';
import type { ServerIdentity } from './identity.ts';

export interface AuthCalloutsHost {
  readonly options: Options;
  readonly accounts: Accounts;
  readonly deliverer: Deliverer;
  readonly identity: ServerIdentity;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly logger: Logger;
  readonly clusterName: string;
  copyInfo(): ServerInfo;
}

/** Questions that may be open at once; who comes later is refused. */
export const openMax = 2048;

interface OpenQuestion {
  readonly question: CalloutQuestion;
  /** Ends the wait for an answer. */
  giveUp(): void;
}

const refused: AuthResult = { ok: false, reason: 'authorization' };

export class AuthCallouts implements CalloutService {
  private readonly host: AuthCalloutsHost;
  private readonly trustedKeys: TrustedKeys | undefined;
  private readonly inboxPrefix: string;
  private readonly xkey: XKey;
  private readonly open = new Set<OpenQuestion>();

  /** `trustedKeys` in operator mode. */
  constructor(host: AuthCalloutsHost, trustedKeys: TrustedKeys | undefined) {
    this.host = host;
    this.trustedKeys = trustedKeys;
    this.inboxPrefix = `$SYS._INBOX.${letters(host.random)}.`;
    this.xkey = new XKey(host.identity.xkeySeed);
  }

  async ask(question: CalloutQuestion): Promise<AuthResult> {
    if (this.open.size >= openMax) this.dropAbandoned();
    if (this.open.size >= openMax) return { ok: false, reason: 'busy' };
    const open: OpenQuestion = { question, giveUp() {} };
    this.open.add(open);
    try {
      return await this.askNow(open);
    } catch (error) {
      const known = [CalloutRefused, JwtError, InvalidPermission];
      if (!known.some((kind) => error instanceof kind)) throw error;
      if (error instanceof ProxyRequired) return { ok: false, reason: 'proxyRequired' };
      this.host.logger.warn((error as Error).message);
      return refused;
    } finally {
      this.open.delete(open);
    }
  }

  /** Peers that connect and leave must not keep others out. */
  private dropAbandoned(): void {
    for (const open of this.open) {
      if (!open.question.isGone()) continue;
      this.open.delete(open);
      open.giveUp();
    }
  }

  private async askNow(open: OpenQuestion): Promise<AuthResult> {
    const { question } = open;
    const { terms } = question;
    const account = await this.host.accounts.lookup(terms.account);
    if (account === undefined) {
      throw new CalloutRefused(
        `No valid account "${terms.account}" for auth callout request: account missing`,
      );
    }
    if (question.isGone()) return refused;
    const pair = KeyPair.fromSeedBytes('user', this.host.random.bytes(32));
    const answer = await this.exchange(account, open, pair.publicKey);
    if (answer === undefined) {
      this.host.logger.debug(
        `Authorization callout response not received in time on account "${account.name}"`,
      );
      return refused;
    }
    const user = answeredUser(answer, this.expected(question, account, pair.publicKey));
    return this.admit(question, user);
  }

  /** Undefined: no answer in time. */
  private exchange(
    account: Account,
    open: OpenQuestion,
    userNkey: string,
  ): Promise<Buffer | undefined> {
    const { timers, options, deliverer } = this.host;
    const { payload, header } = this.encode(open.question, userNkey);
    const client = new InternalClient(deliverer, account);
    return new Promise((resolve) => {
      const done = (answer: Buffer | undefined): void => {
        timer.clear();
        client.close();
        resolve(answer);
      };
      open.giveUp = () => done(undefined);
      const timer = timers.after(options.authTimeoutSeconds * 1000, () => done(undefined));
      const reply = `${this.inboxPrefix}${letters(this.host.random)}`;
      client.subscribe(reply, (_subject, _reply, _header, answer) => done(answer));
      client.publish(calloutSubject, payload, { reply, ...header });
    });
  }

  private encode({ terms, request, sentinel }: CalloutQuestion, userNkey: string) {
    const { identity, clock, options, random } = this.host;
    const nowSeconds = Math.floor(clock.nowMs() / 1000);
    const claims = requestClaims({
      issuer: terms.issuer,
      userNkey,
      server: this.serverBlock(terms),
      expiresSeconds: Math.floor(clock.nowMs() / 1000 + options.authTimeoutSeconds),
      request,
      sentinel,
    });
    const jwt = encodeJwt('authorization_request', claims, identity.keyPair, nowSeconds);
    const plain = Buffer.from(jwt);
    if (terms.xkey === '') return { payload: plain, header: {} };
    const payload = this.xkey.seal(plain, terms.xkey, random.bytes(nonceBytes));
    if (payload === undefined) {
      throw new CalloutRefused(`Error encrypting auth request claim on account "${terms.account}"`);
    }
    const header = Buffer.from(`NATS/1.0\r\nNats-Server-Xkey: ${identity.xkey}\r\n\r\n`);
    return { payload, header: { header } };
  }

  private serverBlock({ xkey }: CalloutTerms): AuthorizationServer {
    const { identity, options, clusterName } = this.host;
    const { server_name: name, host, server_id: id, version } = this.host.copyInfo();
    const key = xkey === '' ? '' : identity.xkey;
    return { name, host, id, version, cluster: clusterName, tags: [...options.tags], xkey: key };
  }

  private expected(
    { terms }: CalloutQuestion,
    account: UserAccount,
    userNkey: string,
  ): ExpectedAnswer {
    const { identity, clock } = this.host;
    return {
      terms,
      userNkey,
      serverId: identity.serverId,
      xkey: terms.xkey === '' ? undefined : this.xkey,
      nowSeconds: Math.floor(clock.nowMs() / 1000),
      isSigner: (key) => this.signers(account).has(key),
    };
  }

  private signers({ claims }: UserAccount): ReturnType<typeof signersOf> {
    if (claims === undefined) return new Map();
    return signersOf(claims, this.trustedKeys?.isStrict(claims.iss) ?? false);
  }

  private async admit(question: CalloutQuestion, answered: UserClaims): Promise<AuthResult> {
    const { terms, request, trustedProxy } = question;
    checkProxy(answered, trustedProxy);
    const placement = placementOf(answered, terms);
    const target = placement === '' ? undefined : await this.host.accounts.lookup(placement);
    if (target === undefined || target.expired) {
      throw new CalloutRefused(
        `No valid account "${placement}" for auth callout response on account "${terms.account}": account missing`,
      );
    }
    const claims = terms.operatorMode ? this.scoped(answered, target) : answered;
    checkProxy(claims, trustedProxy);
    const expiresMs = connectionEnd(claims, this.host.clock.nowMs());
    if (expiresMs === 'late') {
      throw new CalloutRefused(
        `Authorized user on account "${terms.account}" outside of valid connect times`,
      );
    }
    if (!allowsConnection(claims, request.connectionType)) {
      throw new CalloutRefused(
        `Authorized user on account "${terms.account}" not allowed to use connection type`,
      );
    }
    const deniesCallouts = target.name === terms.account;
    return admitted(question, claims, claimedUser(claims, target, { expiresMs, deniesCallouts }));
  }

  private scoped(claims: UserClaims, target: UserAccount): UserClaims {
    const { claims: owner } = target;
    if (owner === undefined) throw new CalloutRefused('User JWT issuer is not known');
    const { name } = owner;
    return scopedClaims(claims, { name, tags: owner.nats.tags, signers: this.signers(target) });
  }
}

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Eight of them. Who guesses a subject of ours can still not sign what we expect there. */
function letters(random: Random): string {
  return Array.from({ length: 8 }, () => digits[random.below(digits.length)]).join('');
}

class ProxyRequired extends CalloutRefused {}

function checkProxy({ nats }: UserClaims, trustedProxy: boolean): void {
  if (nats.proxy_required && !trustedProxy) throw new ProxyRequired('Proxy connection required');
}

/**
 * The service may give the user a name, which is then all that counts. The JWT that the client sent
 * is forgotten: it stood for somebody else. Limits in the answer do not count, as in nats-server.
 */
function admitted({ request }: CalloutQuestion, { name }: UserClaims, user: AuthUser): AuthResult {
  const shown = name || request.nkey || request.user;
  const named = name === '' ? {} : { user: name, nkey: '', token: '' };
  return {
    ok: true,
    user: { ...user, name: shown, limits: unlimited, bearer: false },
    adopt: { ...named, jwt: '' },
  };
}
