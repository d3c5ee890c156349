/**
 * Runs every cell of the matrix against one server after the other, and gives the verdict of each: what
 * the client, its peer and the exporter received in each step, masked as the recorded sessions are.
 * After a step everybody sends PING: the answer comes behind all that the step caused.
 */
import { maskOutput } from '../conformance/masks.ts';
import { startTarget, type Target, type TargetKind } from '../conformance/target.ts';
import { MatrixClient } from './clients.ts';
import { type Cell, type Credential, cellsOf, type Group } from './matrix.ts';
import type { Actor, Step } from './permission-cases.ts';

/** Of each cell the lines that the client met, beginning with the greeting. */
export type Verdicts = Map<string, string[]>;

type Cast = Partial<Record<Actor, MatrixClient>>;

const attempts = 4;
/** For what comes from another part of the server. */
const lateMs = 10_000;
const sids = [1, 2, 3];

const masked = (text: string) =>
  maskOutput(text, { unordered: false, pings: false }).replaceAll('PONG\r\n', '');

async function login(client: MatrixClient, shows: Credential, more: object = {}): Promise<void> {
  const options = { verbose: false, pedantic: false, headers: true, lang: 'matrix', ...more };
  const connect = { ...options, ...shows.connect?.(client.nonce()) };
  // In one write: what the server leaves unread when it closes would reset the connection.
  client.send(`CONNECT ${JSON.stringify(connect)}\r\nPING\r\n`);
  await client.until('PONG', () => client.text.includes('PONG\r\n'));
}

/** Who sent goes first: what it caused at the others is on its way when its PONG is. */
async function settle(cast: Cast, who: Actor): Promise<void> {
  await cast[who]?.flush();
  const others = Object.values(cast).filter((one) => one !== cast[who]);
  await Promise.all(others.map((one) => one.flush()));
}

async function act(cast: Cast, step: Step, at: number): Promise<string[]> {
  const actor = cast[step.who];
  actor?.send(step.bytes.replace('@REPLY@', actor.lastReply()));
  await settle(cast, step.who);
  const [who, text] = step.until ?? [];
  const waiting = who && cast[who];
  await waiting?.until('it', () => text?.test(waiting.fresh()) ?? true, lateMs).catch(() => {});
  return Object.entries(cast)
    .map(([name, one]) => [name, masked(one.take())])
    .filter(([, got]) => got !== '')
    .map(([name, got]) => `${at} ${name} < ${got}`);
}

/** Leaves nothing behind that the next cell could meet. */
async function leave(cast: Cast): Promise<void> {
  const bytes = sids.map((sid) => `UNSUB ${sid}\r\n`).join('');
  for (const one of Object.values(cast)) one.send(bytes);
  await Promise.all(Object.values(cast).map((one) => one.flush()));
  for (const one of Object.values(cast)) one.take();
}

async function runCell(target: Target, group: Group, cell: Cell, others: Cast) {
  const { kind, shows, permissionCase } = cell;
  const client = await MatrixClient.open(kind, target.ports, shows, group.secureWebsocket);
  const cast = { client, ...others };
  try {
    const verdict = [masked(client.take())];
    if (client.ended === undefined) await login(client, shows, permissionCase.connect);
    verdict.push(masked(client.take()));
    for (const [at, step] of permissionCase.steps.entries())
      if (client.ended === undefined) verdict.push(...(await act(cast, step, at)));
    if (client.ended !== undefined) verdict.push(client.ended);
    return { verdict, wasReset: client.wasReset };
  } finally {
    await leave(cast);
    client.end();
  }
}

/** A reset of a connection that is refused may throw away the refusal: such a run says nothing. */
async function verdictOf(target: Target, group: Group, cell: Cell, others: Cast) {
  for (let left = attempts; ; left -= 1) {
    const { verdict, wasReset } = await runCell(target, group, cell, others);
    if (!wasReset || left === 0) return verdict.filter((line) => line !== '');
  }
}

async function enter(target: Target, group: Group, shows: Credential): Promise<MatrixClient> {
  const kind = group.peerKind ?? 'tcp';
  const client = await MatrixClient.open(kind, target.ports, shows, group.secureWebsocket);
  await login(client, shows);
  if (client.ended !== undefined) throw new Error(`${group.name}: ${client.text}`);
  client.take();
  return client;
}

export async function runGroup(kind: TargetKind, group: Group, verdicts: Verdicts): Promise<void> {
  const target = await startTarget(kind, group.config);
  const assistant = await group.assist?.(target);
  const others: Cast = { peer: await enter(target, group, group.peer) };
  if (group.exporter) others.exporter = await enter(target, group, group.exporter);
  try {
    for (const cell of cellsOf(group))
      verdicts.set(cell.id, await verdictOf(target, group, cell, others));
  } finally {
    for (const one of Object.values(others)) one.end();
    await assistant?.();
    await target.stop();
  }
}

export async function runMatrix(kind: TargetKind, groups: Group[]): Promise<Verdicts> {
  const verdicts: Verdicts = new Map();
  for (const group of groups) await runGroup(kind, group, verdicts);
  return verdicts;
}
