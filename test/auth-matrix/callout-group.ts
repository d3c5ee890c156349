/** Clients that an authorization service judges: one that the official libraries make up. */
import { encodeAuthorizationResponse, encodeUser, type User } from '@nats-io/jwt';
import { connect, type Msg } from '@nats-io/transport-node';
import { keyPairOf, publicKeyOf } from '../conformance/keys.ts';
import type { Target } from '../conformance/target.ts';
import { accounts, listeners } from './config-text.ts';
import type { Group } from './matrix.ts';
import { claimed } from './operator-jwts.ts';
import { permissionCases } from './permission-cases.ts';
import { connectionTypes, good, login, special } from './rows.ts';

interface RequestClaims {
  iss: string;
  nats: { user_nkey: string; connect_opts: { user?: string; pass?: string } };
}

const issuer = () => keyPairOf('account-issuer');

/** What the service does with users who are no case. */
const odd: Record<
  string,
  { claims?: Partial<User>; exp?: number; signer?: string; account?: string; error?: string }
> = {
  expired: { exp: -10 },
  'by another issuer': { signer: 'account-other' },
  'for an unknown account': { account: 'NOSUCH' },
  'an error': { error: 'not you' },
  'of another source': { claims: { src: ['192.0.2.0/24'] } },
  ...Object.fromEntries(
    connectionTypes.map((type) => [
      `only ${type}`,
      { claims: { allowed_connection_types: [type] } },
    ]),
  ),
};

async function answerFor({ iss, nats }: RequestClaims): Promise<string> {
  const { user = '', pass } = nats.connect_opts;
  const respond = (answer: object) =>
    encodeAuthorizationResponse(nats.user_nkey, iss, issuer(), answer, {});
  const permissionCase = permissionCases.find(({ name }) => name === user);
  const special = odd[user];
  if (pass !== 'secret' || !(permissionCase || special))
    return respond({ error: 'wrong password' });
  if (special?.error) return respond({ error: special.error });
  const signer = special?.signer === undefined ? issuer() : keyPairOf(special.signer);
  const claims = { ...claimed(permissionCase?.rules), ...special?.claims };
  const exp =
    special?.exp === undefined ? {} : { exp: Math.floor(Date.now() / 1_000) + special.exp };
  const aud = special?.account ?? 'A';
  return respond({ jwt: await encodeUser(user, nats.user_nkey, signer, claims, { aud, ...exp }) });
}

/** Without a look at the signature, which takes the library long. */
function claimsOf(token: string): RequestClaims {
  const body = Buffer.from(token.split('.')[1] ?? '', 'base64url');
  return JSON.parse(body.toString()) as RequestClaims;
}

async function startService(target: Target): Promise<() => Promise<void>> {
  const connection = await connect({
    port: target.clientPort,
    user: 'auth',
    pass: 'auth',
    tls: null,
  });
  const answer = async (msg: Msg) => {
    msg.respond(await answerFor(claimsOf(Buffer.from(msg.data).toString())));
  };
  connection.subscribe('$SYS.REQ.USER.AUTH', { callback: (_, msg) => void answer(msg) });
  await connection.flush();
  return () => connection.close();
}

export function calloutGroup(): Group {
  const peer = '{ user: peer, password: peer }';
  const authAccount = 'AUTH { users [ { user: auth, password: auth } ] }\nSYS {}';
  return {
    name: 'authorization service',
    config: {
      text: `${listeners()}${accounts(peer).replace('accounts {', `accounts { ${authAccount}`)}
        system_account: SYS
        authorization {
          timeout: 5
          auth_callout { issuer: ${publicKeyOf('account-issuer')}, account: AUTH, auth_users: [auth, peer, exporter] }
        }`,
    },
    peer: login('peer', 'peer'),
    exporter: login('exporter', 'exporter'),
    assist: startService,
    rows: [
      ...good('authorization service', permissionCases, ({ name }) => login(name, 'secret')),
      ...special('authorization service', {
        ...Object.fromEntries(Object.keys(odd).map((name) => [name, login(name, 'secret')])),
        'wrong password': login('unlimited', 'Secret'),
        'unknown user': login('nobody', 'secret'),
        none: {},
        'its own user': login('auth', 'auth'),
        'its own user, wrong password': login('auth', 'Auth'),
      }),
    ],
  };
}
