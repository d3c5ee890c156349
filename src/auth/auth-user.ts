/** The words in which it is asked who a connection is, and answered. */
import type { PermissionSet } from './permissions.ts';

/** As `allowed_connection_types` names them. */
export const connectionTypes = [
  'STANDARD',
  'WEBSOCKET',
  'LEAFNODE',
  'LEAFNODE_WS',
  'MQTT',
  'MQTT_WS',
  'IN_PROCESS',
] as const;

export type ConnectionType = (typeof connectionTypes)[number];

/** -1 is unlimited. */
export interface UserLimits {
  readonly subs: number;
  readonly payload: number;
  readonly data: number;
}

export const unlimited: UserLimits = { subs: -1, payload: -1, data: -1 };

/** Who a connection is. For a configured user one object, shared by all its connections. */
export interface AuthUser {
  /** User name, nkey or subject of the JWT; empty for a token and without authentication. */
  readonly name: string;
  /** Public user nkey; empty for users with a password. */
  readonly nkey: string;
  /** Name of the account; empty is the global one. */
  readonly account: string;
  /** Undefined: everything is allowed. */
  readonly permissions: PermissionSet | undefined;
  readonly limits: UserLimits;
  /** Unix time at which the connection is closed. */
  readonly expiresMs: number | undefined;
  /** The key that signed the user's JWT. */
  readonly issuerKey: string;
  readonly tags: readonly string[];
  /** Name in the user's JWT. */
  readonly nameTag: string;
  /** The JWT needs no signature. */
  readonly bearer: boolean;
  /** Unix seconds at which the user's JWT was issued, for revocations. */
  readonly issuedAt: number;
  /** The JWT says nothing of permissions: those of the account hold, whatever they become. */
  readonly accountPermissions: boolean;
}

/** A user that is nothing but a name in the global account. */
export function plainUser(name: string): AuthUser {
  return {
    name,
    nkey: '',
    account: '',
    permissions: undefined,
    limits: unlimited,
    expiresMs: undefined,
    issuerKey: '',
    tags: [],
    nameTag: '',
    bearer: false,
    issuedAt: 0,
    accountPermissions: false,
  };
}

/** What a client sent; absent fields are empty. */
export interface Credentials {
  readonly user: string;
  readonly pass: string;
  readonly token: string;
  readonly nkey: string;
  readonly jwt: string;
  /** Signature of the nonce, as text. */
  readonly sig: string;
  /** Signature of the nonce by the proxy that the client came through. */
  readonly proxySig: string;
}

export const noCredentials: Credentials = {
  user: '',
  pass: '',
  token: '',
  nkey: '',
  jwt: '',
  sig: '',
  proxySig: '',
};

/** The certificate that a client proved to own: finds the first user it stands for. */
export interface ClientCertificate {
  /** `users` are the names of those that may connect this way. */
  match(users: readonly string[]): string | undefined;
}

/** Everything that decides who a connection is. */
export interface AuthRequest extends Credentials {
  readonly connectionType: ConnectionType;
  /** The challenge in the INFO that the connection got; empty when there was none. */
  readonly nonce: string;
  /** Address of the peer. */
  readonly host: string;
  readonly certificate: ClientCertificate | undefined;
  /** Account that the connection is bound to now; empty is the global one. */
  readonly boundAccount: string;
  /** What an authorization service is told about the client. */
  describe(): ClientDescription;
}

export interface ClientDescription {
  readonly id: number;
  readonly name: string;
  readonly lang: string;
  readonly version: string;
  readonly protocol: number;
  /** `nats` or `websocket` or `mqtt`. */
  readonly type: string;
  readonly tls: TlsDescription | undefined;
}

export interface TlsDescription {
  /** `1.2` or `1.3` */
  readonly version: string;
  readonly cipher: string;
  /** PEM of the peer's certificates, its own first: asked for only where they are verified. */
  readonly certificates: readonly string[];
}

/** `busy`: too many are waiting for a password comparison; like a refusal to the client. */
export type AuthFailure = 'authorization' | 'proxyRequired' | 'proxyNotTrusted' | 'busy';

/** Fields of CONNECT that the connection counts as having sent from now on. */
export type Adopted = Partial<Pick<Credentials, 'user' | 'pass' | 'token' | 'nkey' | 'jwt'>>;

interface Found {
  readonly adopt?: Adopted;
  /** The trusted proxy that signed. */
  readonly proxyKey?: string;
}

export type AuthResult =
  | (Found & { readonly ok: true; readonly user: AuthUser })
  | (Found & {
      readonly ok: false;
      readonly reason: AuthFailure;
      /** For the log; no secrets. */
      readonly why?: string;
      /** It belongs into the log of every day. */
      readonly loud?: boolean;
    });
