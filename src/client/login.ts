/**
 * Who a client is: CONNECT, the gate before it, the wait for a password hash, and the question again
 * after a reload. A hash is computed elsewhere: then parsing is suspended and what arrives stays in
 * the parser. The stream is paused only when that is more than a little, so that a peer that leaves
 * meanwhile is noticed and no time is spent on its password.
 */
import { globalAccountName } from '../account/account.ts';
import type { AuthFailure, AuthResult, AuthUser } from '../auth/auth-user.ts';
import { ResponsePermits } from '../auth/response-permits.ts';
import type { Authenticator } from '../auth/users.ts';
import { goQuote } from '../base/go-quote.ts';
import { type CloseReason, closeReasons } from '../connection/close-reason.ts';
import type { Connection } from '../connection/connection.ts';
import { ConnectError, decodeConnect } from '../wire/connect.ts';
import { protocolErrors } from '../wire/protocol-errors.ts';
import { authRequest, connectionType, loggedUser, takeCookies, userLabel } from './auth-request.ts';

/** What may arrive while a password is compared before the stream is paused, in bytes. */
const heldWhileAsking = 1024;

/** The client that logs in. */
export interface LoginClient {
  readonly connection: Connection;
  readonly closed: boolean;
  readonly heldBytes: number;
  awaitingAuth: boolean;
  suspended: boolean;
  /** Parses what was kept while suspended. */
  parseKept(): void;
  dropSubscriptions(): void;
  protocolViolation(text: string): void;
}

/** Where the users are; a reload replaces the authenticator. */
export interface LoginContext {
  authenticator: Authenticator;
}

export class Login {
  private readonly client: LoginClient;
  private readonly context: LoginContext;
  /** The stream is paused because of `suspended`. */
  private held = false;
  /** CONNECTs seen: an answer about an earlier one is worth nothing. */
  private connects = 0;

  constructor(client: LoginClient, context: LoginContext) {
    this.client = client;
    this.context = context;
  }

  /**
   * An operation came before CONNECT: `no_auth_user` lets it in, else it is refused. False also
   * while the answer is awaited.
   */
  admitGuest(): boolean {
    const { connection } = this.client;
    if (!this.context.authenticator.admitsGuests(connectionType(connection))) {
      this.refuse();
      return false;
    }
    connection.clearAuthTimer();
    connection.connectReceived = true;
    const result = this.identify();
    if (!(result instanceof Promise)) return this.admit(result);
    this.await(result, (answer) => this.admit(answer));
    return false;
  }

  /** False: refused, and closed. */
  private admit(result: AuthResult): boolean {
    const { connection } = this.client;
    this.remember(result);
    if (!result.ok) {
      this.refuse(result.reason, result);
      return false;
    }
    this.client.awaitingAuth = false;
    return this.adopt(result.user) && !connection.closed;
  }

  /** What the connection counts as having sent; a later CONNECT goes on from there. */
  private remember({ adopt, proxyKey }: AuthResult): void {
    const { connection } = this.client;
    const { token, ...rest } = adopt ?? {};
    Object.assign(connection.options, rest);
    if (token !== undefined) connection.options.auth_token = token;
    if (proxyKey !== undefined) connection.proxyKey = proxyKey;
  }

  /** The connection acts for this user now; false when it had to be closed instead. */
  private adopt(user: AuthUser): boolean {
    const { connection } = this.client;
    connection.user = user;
    connection.userName = user.name;
    const bound = connection.host.bindAccount(connection, user.account);
    if (bound !== 'ok') {
      if (bound === 'tooManyConnections') this.refuseMember();
      else this.refuse();
      return false;
    }
    connection.permissions = user.permissions;
    connection.responses = ResponsePermits.for(user.permissions, connection.host.clock);
    if (user.expiresMs !== undefined) connection.startExpiryTimer(user.expiresMs);
    return true;
  }

  /** The account has all the connections it may have. */
  private refuseMember(): void {
    const { connection } = this.client;
    const { text } = protocolErrors.maxAccountConnections;
    if (connection.host.mayLog(text)) connection.logError(text);
    connection.fail(text, closeReasons.maxAccountConnectionsExceeded);
  }

  /** The credentials are wrong. The client is told the same whatever it is. */
  refuse(
    reason: AuthFailure = 'authorization',
    { why = refusalTexts[reason] ?? '', loud = false }: { why?: string; loud?: boolean } = {},
  ): void {
    const { connection } = this.client;
    if (why !== '' && loud) connection.logError(why);
    else if (why !== '') connection.logDebug(why);
    const user = loggedUser(connection);
    connection.logError(`authentication error${user === '' ? '' : ` - ${user}`}`);
    connection.fail(
      protocolErrors.authorizationViolation.text,
      refusals[reason] ?? closeReasons.authenticationViolation,
    );
  }

  /** `line` is the JSON of CONNECT. */
  processConnect(line: string): void {
    const { connection } = this.client;
    connection.clearAuthTimer();
    const { clock, options } = connection.host;
    connection.lastActivityMs = clock.nowMs();
    connection.rttMs = Math.max(clock.nowMs() - connection.startMs, 1e-6);
    connection.startFirstPingTimer();
    try {
      decodeConnect(line, connection.options);
    } catch (error) {
      if (!(error instanceof ConnectError)) throw error;
      this.client.protocolViolation(error.message);
      return;
    }
    const first = !connection.connectReceived;
    connection.connectReceived = true;
    this.connects++;
    connection.echo = connection.options.echo;
    connection.verbose = connection.options.verbose;
    connection.headers = connection.options.headers && !options.noHeaderSupport;
    takeCookies(connection);
    // No operator: a JWT means nothing.
    if (!this.context.authenticator.operatorMode) connection.options.jwt = '';
    if (!first) this.client.dropSubscriptions();
    const result = this.identify();
    if (result instanceof Promise) this.await(result, (found) => this.finishConnect(found, first));
    else this.finishConnect(result, first);
  }

  /** Asks who sent the last CONNECT. */
  private identify(): AuthResult | Promise<AuthResult> {
    const { connection } = this.client;
    return this.context.authenticator.authenticate(
      authRequest(connection),
      () => connection.closed,
    );
  }

  private await(pending: Promise<AuthResult>, finish: (result: AuthResult) => void): void {
    this.client.suspended = true;
    const { authenticator } = this.context;
    const done = (result: AuthResult): void => {
      if (this.client.closed) return;
      // Reloaded meanwhile: what counts are the users of now.
      const current = authenticator === this.context.authenticator ? result : this.identify();
      if (current instanceof Promise) this.await(current, finish);
      else this.goOn(() => finish(current));
    };
    pending.then(done, () => done({ ok: false, reason: 'authorization' }));
  }

  /** The answer has come: what was kept meanwhile is parsed. */
  private goOn(finish: () => void): void {
    this.client.suspended = false;
    finish();
    if (this.client.closed) return;
    this.client.parseKept();
    if (this.client.suspended) this.holdMuch();
    else if (this.held) {
      this.held = false;
      this.client.connection.release();
    }
  }

  /** Stops reading when much has arrived while the answer is awaited. */
  holdMuch(): void {
    if (this.held || this.client.heldBytes <= heldWhileAsking) return;
    this.held = true;
    this.client.connection.hold();
  }

  private finishConnect(result: AuthResult, first: boolean): void {
    const { connection } = this.client;
    const { options } = connection;
    // An account in CONNECT was a feature once; now it is an attack (CVE-2022-24450).
    if (result.ok && (options.account !== '' || options.new_account)) {
      this.refuse();
      return;
    }
    if (!this.admit(result)) return;
    if (first) this.labelConnection();
    if (options.protocol < 0 || options.protocol > 1) {
      connection.fail(protocolErrors.badClientProtocol.text, closeReasons.badClientProtocolVersion);
      return;
    }
    if (options.no_responders && !connection.headers) {
      connection.fail(
        protocolErrors.noRespondersNeedHeaders.text,
        closeReasons.noRespondersRequiresHeaders,
      );
      return;
    }
    if (connection.verbose) connection.sendOk();
    if (first) connection.host.onConnected(connection);
  }

  /** Adds `"v1.2:lang:name"` and `"account/user"` to the prefix of log lines. */
  private labelConnection(): void {
    const { connection } = this.client;
    const { version, lang, name } = connection.options;
    const parts = [version === '' ? '' : `v${version}`, lang, name].filter((part) => part !== '');
    if (parts.length > 0) connection.label += ` - ${goQuote(parts.join(':'))}`;
    const user = userLabel(connection);
    if (user !== '') connection.label += ` - ${goQuote(`${accountLabel(connection)}/${user}`)}`;
  }

  /**
   * Asks again who this is, with the credentials of its CONNECT. False when the connection is closed:
   * who is nobody any more is refused, who moved to another account has to come again.
   */
  async reauthenticate(): Promise<boolean> {
    const { connects } = this;
    const { authenticator } = this.context;
    const { connection } = this.client;
    // The answer about its CONNECT is awaited: it will be asked for by the new rules.
    if (this.client.awaitingAuth && connection.connectReceived) return true;
    if (authenticator.hasMoved(connection.options, connection.account.name)) {
      connection.close(closeReasons.clientClosed);
      return false;
    }
    const result = await this.identify();
    if (this.client.closed) return false;
    // Another CONNECT was judged by the new rules, and another reload asks for itself.
    if (connects !== this.connects || authenticator !== this.context.authenticator) return true;
    // Who could be a guest may still say who it is; others are refused at once, as in nats-server.
    if (result.ok && this.client.awaitingAuth) return true;
    this.remember(result);
    if (!result.ok) this.refuse(result.reason, result);
    else if ((result.user.account || globalAccountName) !== connection.account.name) {
      connection.close(closeReasons.clientClosed);
    } else this.adopt(result.user);
    return !this.client.closed;
  }
}

const refusals: Partial<Record<AuthFailure, CloseReason>> = {
  proxyRequired: closeReasons.proxyRequired,
  proxyNotTrusted: closeReasons.proxyNotTrusted,
};

/** As nats-server has them in its log. */
const refusalTexts: Partial<Record<AuthFailure, string>> = {
  proxyRequired: 'proxy connection required',
  proxyNotTrusted: 'proxy is not trusted',
};

function accountLabel({ account }: Connection): string {
  const { name, claims } = account;
  return claims === undefined || claims.name === '' ? name : `${name}/${claims.name}`;
}
