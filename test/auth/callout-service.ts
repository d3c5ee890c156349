/**
 * An authorization service made of the official libraries, and what clients meet that it judges. The
 * user name that a client sends chooses what the service answers. The same scenarios are run against
 * tnatsd and, where there is one, nats-server.
 */
import { decode, encodeAuthorizationResponse, encodeUser } from '@nats-io/jwt';
import { createAccount, createServer, createUser, type KeyPair } from '@nats-io/nkeys';
import { connect, headers, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { eventually, RawClient } from '../fault/raw-client.ts';

interface RequestClaims {
  iss: string;
  sub: string;
  aud: string;
  exp: number;
  nats: {
    server_id: Record<string, unknown>;
    user_nkey: string;
    client_info: Record<string, unknown>;
    connect_opts: { user?: string; [name: string]: unknown };
    client_tls?: Record<string, unknown>;
  };
}

export interface ServiceKeys {
  /** Signs users and answers. */
  readonly issuer: KeyPair;
  /** Opens requests and seals answers, when these are encrypted. */
  readonly xkey?: KeyPair;
  /** The account of users in operator mode, where it is their issuer; else the audience decides. */
  readonly operatorMode?: boolean;
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
const permissions = { pub: { allow: ['ok.>'], deny: [] } };

export class CalloutService {
  readonly requests: RequestClaims[] = [];
  private readonly connection: NatsConnection;
  private readonly keys: ServiceKeys;

  private constructor(connection: NatsConnection, keys: ServiceKeys) {
    this.connection = connection;
    this.keys = keys;
  }

  static async start(
    options: Parameters<typeof connect>[0],
    keys: ServiceKeys,
  ): Promise<CalloutService> {
    const connection = await connect(options);
    const service = new CalloutService(connection, keys);
    connection.subscribe('$SYS.REQ.USER.AUTH', {
      callback: (_error, msg) => void service.answer(msg),
    });
    await connection.flush();
    return service;
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  private async answer(msg: Msg): Promise<void> {
    const sender = msg.headers?.get('Nats-Server-Xkey') ?? '';
    const { xkey } = this.keys;
    const plain = xkey && sender !== '' ? xkey.open(msg.data, sender)! : msg.data;
    const claims = decode(text(plain)) as unknown as RequestClaims;
    this.requests.push(claims);
    const wanted = claims.nats.connect_opts.user ?? 'ok';
    const token = await this.tokenFor(wanted, claims);
    if (token === undefined) return;
    const data = Buffer.from(token);
    const sealed = xkey && sender !== '' && wanted !== 'plain' ? xkey.seal(data, sender) : data;
    msg.respond(sealed, { headers: headers() });
  }

  private async tokenFor(wanted: string, claims: RequestClaims): Promise<string | undefined> {
    const { issuer } = this.keys;
    const { user_nkey: user } = claims.nats;
    const server = claims.iss;
    const other = wanted === 'othersigner' ? createAccount() : issuer;
    const respond = (data: object, to = user, from = server) =>
      encodeAuthorizationResponse(to, from, other, data, {});
    if (wanted === 'silent') return undefined;
    if (wanted === 'empty') return '';
    if (wanted === 'garbage') return 'eyJ.x.y';
    if (wanted === 'error') return respond({ error: 'no way' });
    const jwt = await this.userJwt(wanted, user);
    if (wanted === 'otherserver') return respond({ jwt }, user, createServer().getPublicKey());
    if (wanted === 'otherresponse') return respond({ jwt }, createUser().getPublicKey());
    return respond({ jwt });
  }

  private userJwt(wanted: string, user: string): Promise<string> {
    const { issuer, operatorMode } = this.keys;
    const nowSeconds = Math.floor(Date.now() / 1000);
    const subject = wanted === 'otheruser' ? createUser() : user;
    const signer = wanted === 'otherissuer' ? createAccount() : issuer;
    const audience = { global: '$G', nowhere: 'NOSUCH', auth: 'AUTH' }[wanted] ?? 'APP';
    const exp = { late: nowSeconds - 10, expires: nowSeconds + 2 }[wanted];
    return encodeUser(
      wanted === 'nameless' ? '' : 'renamed',
      subject,
      signer,
      {
        ...permissions,
        ...(wanted === 'issueraccount' ? { issuer_account: createAccount().getPublicKey() } : {}),
        ...(wanted === 'wrongtype' ? { allowed_connection_types: ['WEBSOCKET'] } : {}),
        ...(wanted === 'proxied' ? ({ proxy_required: true } as object) : {}),
      } as never,
      {
        ...(operatorMode ? {} : { aud: audience }),
        ...(exp === undefined ? {} : { exp }),
      },
    );
  }
}

/** `ok`, or the error that the client got. */
export async function outcome(port: number, connectOptions: object): Promise<string> {
  const client = await RawClient.open(port);
  const options = { verbose: false, pedantic: false, ...connectOptions };
  client.send(`CONNECT ${JSON.stringify(options)}\r\nPING\r\n`);
  await eventually('an answer', () => /PONG|-ERR/.test(client.text) || client.closed);
  const error = /-ERR '([^']*)'/.exec(client.text)?.[1];
  client.end();
  return error ?? (client.text.includes('PONG') ? 'ok' : 'closed');
}

const refused = 'Authorization Violation';

/** What clients of these names meet. */
export const outcomes: Record<string, string> = {
  ok: 'ok',
  nameless: 'ok',
  global: 'ok',
  expires: 'ok',
  error: refused,
  empty: refused,
  garbage: refused,
  silent: refused,
  nowhere: refused,
  late: refused,
  othersigner: refused,
  otherissuer: refused,
  otheruser: refused,
  otherserver: refused,
  otherresponse: refused,
  issueraccount: refused,
  wrongtype: refused,
  proxied: refused,
};
