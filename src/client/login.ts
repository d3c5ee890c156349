/**
 * Who a client is: CONNECT, the gate before it, the wait for a password hash, and the question again
 * after a reload. A hash is computed elsewhere: then parsing is suspended and what arrives stays in
 * the parser. The stream is paused only when that is more than a little, so that a peer that leaves
 * meanwhile is noticed and no time is spent on its password.
 */
import { ResponsePermits } from '../auth/response-permits.ts';
import type { Authenticator, AuthResult, AuthUser, ConnectionType } from '../auth/users.ts';
import { goQuote } from '../base/go-quote.ts';
import { closeReasons } from '../connection/close-reason.ts';
import type { Connection } from '../connection/connection.ts';
import { ConnectError, decodeConnect } from '../wire/connect.ts';
import { protocolErrors } from '../wire/protocol-errors.ts';

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

  /** An operation came before CONNECT: `no_auth_user` lets it in, else it is refused. */
  admitGuest(): boolean {
    const { connection } = this.client;
    const guest =
      connection.host.options.noAuthUser === ''
        ? undefined
        : this.context.authenticator.authenticate(guestCredentials(connection));
    if (guest === undefined || guest instanceof Promise || !guest.ok) {
      this.refuse();
      return false;
    }
    connection.connectReceived = true;
    this.rememberGuest(guest);
    this.accept(guest.user);
    return true;
  }

  /** A later CONNECT without a user name is then one of the guest, as in nats-server. */
  private rememberGuest(result: AuthResult): void {
    if (!result.ok || result.guest === undefined) return;
    this.client.connection.options.user = result.guest.user;
    this.client.connection.options.pass = result.guest.pass;
  }

  private accept(user: AuthUser): void {
    this.client.connection.clearAuthTimer();
    this.client.awaitingAuth = false;
    this.adopt(user);
  }

  /** The connection acts for this user now. */
  private adopt(user: AuthUser): void {
    const { connection } = this.client;
    connection.userName = user.name;
    connection.permissions = user.permissions;
    connection.responses = ResponsePermits.for(user.permissions, connection.host.clock);
  }

  /** The credentials are wrong. */
  refuse(): void {
    const user = this.client.connection.options.user;
    this.client.connection.logError(
      user === '' ? 'authentication error' : `authentication error - User ${goQuote(user)}`,
    );
    this.client.connection.fail(
      protocolErrors.authorizationViolation.text,
      closeReasons.authenticationViolation,
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
    // No operator: a JWT means nothing.
    connection.options.jwt = '';
    if (!first) this.client.dropSubscriptions();
    const result = this.identify();
    if (result instanceof Promise) this.awaitUser(result, first);
    else this.finishConnect(result, first);
  }

  /** Asks who sent the last CONNECT. */
  private identify(): AuthResult | Promise<AuthResult> {
    const { connection } = this.client;
    const { user, pass, auth_token: token } = connection.options;
    return this.context.authenticator.authenticate(
      { ...guestCredentials(connection), user, pass, token },
      () => connection.closed,
    );
  }

  private awaitUser(pending: Promise<AuthResult>, first: boolean): void {
    this.client.suspended = true;
    const { authenticator } = this.context;
    const done = (result: AuthResult): void => {
      if (this.client.closed) return;
      // Reloaded meanwhile: what counts are the users of now.
      const current = authenticator === this.context.authenticator ? result : this.identify();
      if (current instanceof Promise) this.awaitUser(current, first);
      else this.goOn(current, first);
    };
    pending.then(done, () => done({ ok: false, reason: 'authorization' }));
  }

  /** The answer has come: what was kept meanwhile is parsed. */
  private goOn(result: AuthResult, first: boolean): void {
    this.client.suspended = false;
    this.finishConnect(result, first);
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
    if (!result.ok || options.account !== '' || options.new_account) {
      this.refuse();
      return;
    }
    this.rememberGuest(result);
    this.accept(result.user);
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
    if (connection.userName !== '') {
      connection.label += ` - ${goQuote(`${connection.account.name}/user:${connection.userName}`)}`;
    }
  }

  /** Asks again who this is, with the credentials of its CONNECT; false: nobody any more. */
  async reauthenticate(): Promise<boolean> {
    const { connects } = this;
    const { authenticator } = this.context;
    const result = await this.identify();
    // Another CONNECT was judged by the new rules, and another reload asks for itself.
    if (connects !== this.connects || authenticator !== this.context.authenticator) return true;
    if (!result.ok) return false;
    if (this.client.connection.connectReceived || !authenticator.required) this.adopt(result.user);
    return true;
  }
}

/** How the connection came in, without anything it claims. */
function guestCredentials(connection: Connection): {
  user: string;
  pass: string;
  token: string;
  connectionType: ConnectionType;
} {
  return { user: '', pass: '', token: '', connectionType: connectionTypes[connection.transport] };
}

const connectionTypes = {
  nats: 'STANDARD',
  websocket: 'WEBSOCKET',
  mqtt: 'MQTT',
  'in-process': 'IN_PROCESS',
} as const satisfies Record<Connection['transport'], ConnectionType>;
