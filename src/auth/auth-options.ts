/**
 * The part of the options that says who may connect, and what follows from it for the ways in: the
 * websocket and mqtt blocks may have credentials of their own, which then replace those of the server.
 */
import type { ConnectionType } from './auth-user.ts';
import type { PermissionsInput } from './permissions.ts';

export interface UserInput {
  readonly username: string;
  readonly password: string;
  /** Public user nkey, instead of name and password. */
  readonly nkey: string;
  /** Default permissions are already applied. */
  readonly permissions: PermissionsInput | undefined;
  readonly account: string | undefined;
  /** Upper case; undefined or empty allows all. */
  readonly allowedConnectionTypes: readonly string[] | undefined;
  /** Unix time in milliseconds. */
  readonly connectionDeadline: number | undefined;
  readonly proxyRequired: boolean;
}

interface TlsInput {
  /** Clients must have a certificate. */
  readonly verify: boolean;
  /** `verify_and_map` */
  readonly map: boolean;
}

/** A listener with credentials of its own. */
interface ListenerInput {
  readonly port: number;
  readonly noAuthUser: string;
  readonly username: string;
  readonly password: string;
  readonly token: string;
  readonly tls: TlsInput | undefined;
}

export interface AuthOptions {
  readonly users: readonly UserInput[];
  readonly nkeys: readonly UserInput[];
  readonly username: string;
  readonly password: string;
  /** The token. */
  readonly authorization: string;
  readonly noAuthUser: string;
  readonly proxyRequired: boolean;
  readonly authBlockDefined: boolean;
  readonly dontListen: boolean;
  readonly systemAccount: string;
  readonly accounts: readonly { readonly name: string }[];
  readonly tls: TlsInput | undefined;
  readonly websocket: ListenerInput;
  readonly mqtt: ListenerInput;
  readonly leafNode: {
    readonly port: number;
    readonly username: string;
    readonly nkey: string;
    readonly users: readonly unknown[];
    readonly tls: TlsInput | undefined;
  };
  readonly proxies: { readonly trusted: readonly { readonly key: string }[] } | undefined;
  readonly authCallout: CalloutInput | undefined;
}

/** The `auth_callout` block. */
export interface CalloutInput {
  readonly issuer: string;
  readonly account: string;
  readonly authUsers: readonly string[];
  readonly xkey: string;
  readonly allowedAccounts: readonly string[];
}

/** What one way in asks of those without an entry in a list of users. */
export interface EntryRules {
  /** The block of this way in has credentials of its own. */
  readonly own: boolean;
  readonly noAuthUser: string;
  readonly username: string;
  readonly password: string;
  readonly token: string;
  /** The user is the one that the certificate stands for. */
  readonly byCertificate: boolean;
}

export function entryRules(options: AuthOptions, type: ConnectionType): EntryRules {
  const listener = listenerOf(options, type);
  const { username, password, noAuthUser, authorization: token } = options;
  const byCertificate = (listener ?? options).tls?.map === true;
  if (listener === undefined || !hasOwnCredentials(listener)) {
    return { own: false, noAuthUser, username, password, token, byCertificate };
  }
  return {
    own: true,
    noAuthUser: listener.noAuthUser,
    username: listener.username,
    password: listener.password,
    token: listener.token,
    byCertificate,
  };
}

function listenerOf(options: AuthOptions, type: ConnectionType): ListenerInput | undefined {
  if (type === 'WEBSOCKET') return options.websocket;
  return type === 'MQTT' || type === 'MQTT_WS' ? options.mqtt : undefined;
}

function hasOwnCredentials({ username, token, noAuthUser }: ListenerInput): boolean {
  return username !== '' || token !== '' || noAuthUser !== '';
}

/**
 * Only the system account is configured, and no authorization: everybody else is let in as a user of
 * the global account, as if there were no accounts at all. (With an authorization block nobody is:
 * CVE-2023-47090.)
 */
export function admitsEverybodyElse(options: AuthOptions, operatorMode: boolean): boolean {
  const others = new Set(options.accounts.map((account) => account.name));
  others.delete('$G');
  const [only] = others;
  const system = options.systemAccount || (others.has('$SYS') ? '$SYS' : '');
  return (
    !operatorMode &&
    options.noAuthUser === '' &&
    !options.authBlockDefined &&
    others.size === 1 &&
    only === system
  );
}

/**
 * Could some listener take this user from a certificate? Without a password it is then known by its
 * certificate only, and an empty password lets nobody in.
 */
export function mapsCertificateTo(options: AuthOptions, user: UserInput): boolean {
  const { websocket, mqtt, leafNode } = options;
  const types = user.allowedConnectionTypes;
  const allows = (type: ConnectionType) => !types?.length || types.includes(type);
  const byWebsocket = websocket.port !== 0 && websocket.tls?.verify === true;
  const leaf =
    leafNode.port !== 0 &&
    leafNode.username === '' &&
    leafNode.nkey === '' &&
    leafNode.users.length === 0;
  return (
    (options.tls?.map === true && !options.dontListen && allows('STANDARD')) ||
    (websocket.tls?.map === true && websocket.port !== 0 && allows('WEBSOCKET')) ||
    (mqtt.tls?.map === true &&
      mqtt.port !== 0 &&
      (allows('MQTT') || (byWebsocket && allows('MQTT_WS')))) ||
    (leafNode.tls?.map === true &&
      leaf &&
      (allows('LEAFNODE') || (byWebsocket && allows('LEAFNODE_WS'))))
  );
}
