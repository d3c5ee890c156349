/**
 * What clients of the system account and of other accounts see of a resolver, as one list that can be
 * compared between two servers. Keys and JWTs are given, so that only the servers differ.
 */
import { createAccount, createOperator, createUser, encodeUser } from '@nats-io/jwt';
import {
  type ConnectionOptions,
  connect,
  jwtAuthenticator,
  type NatsConnection,
} from '@nats-io/transport-node';
import { startTarget, type Target, type TargetKind } from '../conformance/target.ts';
import { accountJwt, deleteJwt, type Keys, type Trust, userSigner } from '../resolver/world.ts';

const text = new TextDecoder();

export const updateOf = (account: Keys): string =>
  `$SYS.REQ.ACCOUNT.${account.getPublicKey()}.CLAIMS.UPDATE`;
const lookupOf = (key: string): string => `$SYS.REQ.ACCOUNT.${key}.CLAIMS.LOOKUP`;

/** A server in operator mode and a client of its system account. */
export interface Running {
  readonly target: Target;
  readonly system: NatsConnection;
  /** Connects a new user of the account; rejects when the server refuses. */
  enter(account: Keys): Promise<NatsConnection>;
  stop(): Promise<void>;
}

export async function startResolver(
  kind: TargetKind,
  trust: Trust,
  resolver: string,
): Promise<Running> {
  const preload = `${trust.system.getPublicKey()}: ${trust.systemJwt}`;
  const target = await startTarget(kind, {
    text: `server_name: lab
      operator: ${trust.operatorJwt}
      resolver: ${resolver}
      resolver_preload: { ${preload} }`,
  });
  const enter = async (account: Keys): Promise<NatsConnection> => {
    const user = createUser();
    const jwt = await encodeUser('u', user, account, {}, { signer: userSigner });
    const options: ConnectionOptions = {
      servers: `127.0.0.1:${target.clientPort}`,
      authenticator: jwtAuthenticator(jwt, user.getSeed()),
      reconnect: false,
    };
    return connect(options);
  };
  const system = await enter(trust.system).catch(async (error: unknown) => {
    await target.stop();
    throw error;
  });
  const stop = async (): Promise<void> => {
    await system.close();
    target.signal('SIGTERM');
    await target.exited;
    await target.stop();
  };
  return { target, system, enter, stop };
}

const patienceMs = 400;

/** The answer; with `many` all of them, up to the empty one at the end. */
export async function ask(
  { system }: Running,
  subject: string,
  payload: string | Uint8Array = '',
  many = false,
): Promise<string[]> {
  const reply = `answers.${Math.random().toString(36).slice(2)}`;
  const sub = system.subscribe(reply);
  const timer = setTimeout(() => sub.unsubscribe(), patienceMs);
  system.publish(subject, payload, { reply });
  const answers: string[] = [];
  for await (const message of sub) {
    // Nobody is there: said by the server, in a header.
    const nobody = message.headers?.code === 503;
    answers.push(nobody ? 'no responders' : text.decode(message.data));
    if (nobody || !many || message.data.length === 0) sub.unsubscribe();
  }
  clearTimeout(timer);
  return answers;
}

/** The block that says who answers: its keys are the same, its values are not. */
function masked(answer: string): unknown {
  if (!answer.startsWith('{')) return answer;
  const { server, ...rest } = JSON.parse(answer) as { server?: object };
  return { keys: Object.keys(JSON.parse(answer)), server: Object.keys(server ?? {}), ...rest };
}

export interface Cast {
  readonly trust: Trust;
  readonly a: Keys;
  readonly b: Keys;
  readonly stranger: Keys;
}

export function cast(trust: Trust): Cast {
  return { trust, a: createAccount(), b: createAccount(), stranger: createOperator() };
}

interface Line {
  readonly what: string;
  readonly answers: unknown[];
}

/** The whole play; `a` may be known to the resolver already. */
export async function playResolver(
  running: Running,
  { a, b, stranger }: Cast,
  jwts: ReadonlyMap<string, string>,
): Promise<Line[]> {
  const lines: Line[] = [];
  const say = async (what: string, subject: string, jwt = ''): Promise<void> => {
    const answers = await ask(running, subject, jwts.get(jwt) ?? jwt, what === 'pack');
    lines.push({ what, answers: answers.map(masked) });
  };
  const enter = async (what: string, account: Keys): Promise<NatsConnection | undefined> => {
    const outcome = await running.enter(account).catch((error: Error) => error);
    lines.push({ what, answers: [outcome instanceof Error ? outcome.message : 'welcome'] });
    return outcome instanceof Error ? undefined : outcome;
  };
  const open = [await enter('before any update', a)];
  await say('update', updateOf(a), 'a1');
  open.push(await enter('after it', a));
  await say('update of an account in use', updateOf(a), 'a2');
  await say('of old', `$SYS.ACCOUNT.${a.getPublicKey()}.CLAIMS.UPDATE`, 'a1');
  await say('without account', '$SYS.REQ.CLAIMS.UPDATE', 'a2');
  await say('of another account', updateOf(a), 'b');
  for (const nonsense of ['', 'xx', 'a.b.c']) {
    await say(`nonsense ${nonsense}`, updateOf(a), nonsense);
    await say(`nonsense ${nonsense} without account`, '$SYS.REQ.CLAIMS.UPDATE', nonsense);
  }
  for (const bad of ['a mapped', 'a exported', 'a expired']) await say(bad, updateOf(a), bad);
  await say('by a stranger', updateOf(b), 'b by stranger');
  await say('by itself', updateOf(b), 'b by itself');
  open.push(await enter('whom a stranger signed', b));
  await say('list', '$SYS.REQ.CLAIMS.LIST');
  await say('look up', lookupOf(a.getPublicKey()));
  await say('look up nothing', lookupOf(stranger.getPublicKey()));
  await say('look up nonsense', lookupOf('foo'));
  await say('pack', '$SYS.REQ.CLAIMS.PACK');
  for (const name of ['stranger', 'system', 'nonsense', 'no list', 'account']) {
    await say(`delete by or of ${name}`, '$SYS.REQ.CLAIMS.DELETE', `delete ${name}`);
  }
  await say('delete', '$SYS.REQ.CLAIMS.DELETE', 'delete a');
  await new Promise((resolve) => setTimeout(resolve, 100));
  const closed = open.map((one) => one?.isClosed());
  lines.push({ what: 'clients that are closed', answers: closed });
  open.push(await enter('who was deleted', a));
  await say('list', '$SYS.REQ.CLAIMS.LIST');
  for (const one of open) await one?.close();
  return lines;
}

/** Everything that is sent, by name. */
export async function writeJwts({ trust, a, b, stranger }: Cast): Promise<Map<string, string>> {
  const { signing, operator, system } = trust;
  const key = a.getPublicKey();
  const mapped = { mappings: { foo: [{ subject: 'a.$5', weight: 100 }] } };
  const exported = { exports: [{ name: 'x', subject: 'a b', type: 'stream' }] };
  return new Map([
    ['a1', await accountJwt(a, signing, 10)],
    ['a2', await accountJwt(a, operator, 11)],
    ['a mapped', await accountJwt(a, signing, 1, mapped)],
    ['a exported', await accountJwt(a, signing, 1, exported)],
    ['a expired', await accountJwt(a, signing, 1, {}, { exp: 1_000_000_000 })],
    ['b', await accountJwt(b, signing)],
    ['b by stranger', await accountJwt(b, stranger)],
    ['b by itself', await accountJwt(b, b)],
    ['delete a', await deleteJwt(operator, [key])],
    ['delete stranger', await deleteJwt(stranger, [key])],
    ['delete system', await deleteJwt(operator, [key, system.getPublicKey()])],
    ['delete nonsense', await deleteJwt(operator, ['x'])],
    ['delete no list', await deleteJwt(operator, 'x')],
    ['delete account', await accountJwt(a, signing)],
  ]);
}
