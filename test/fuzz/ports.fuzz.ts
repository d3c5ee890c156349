/**
 * Mutation fuzz on every listener of a running server: the client port (in the clear, behind a PROXY
 * header, over TLS that comes behind INFO or first), monitoring over HTTP and HTTPS, WebSocket with
 * and without TLS.
 *
 * Every iteration has its own seed (seed + iteration), opens a connection, sends a mutated stream in
 * random pieces, reads what comes and closes. All the while a healthy publisher and subscriber must
 * see each other's messages in time, /varz must answer, the process must live and stay within its
 * memory. Prints TAP-like counts (`# pass`, `# fail`) at the end.
 *
 * Options: --seconds N or --minutes N, --seed N, --target tnatsd|nats-server, --server PATH and
 * --node PATH (another build of tnatsd, another Node), --rss-mb N, --latency-ms N, --from N --count N
 * --ground open|restricted|secured|mixed|first (repeats iterations of a seed).
 */
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import { get as getSecured } from 'node:https';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Below, randomCut, seededBelow } from '../conformance/chunking.ts';
import { startTarget, type Target, type TargetKind } from '../conformance/target.ts';
import { clientCorpus, httpCorpus } from './corpus.ts';
import { HealthyPair } from './healthy-pair.ts';
import {
  helloCorpus,
  illegalHandshake,
  isAlert,
  type Lane,
  type Opened,
  openLane,
  proxyHeaders,
} from './lanes.ts';
import { illegalHttp, illegalOutput } from './legality.ts';
import { mutate } from './mutate.ts';
import { illegalWebSocket, upgradeRequest, webSocketStream } from './websocket.ts';

declare const __PROJECT_ROOT__: string;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    minutes: { type: 'string' },
    server: { type: 'string' },
    node: { type: 'string' },
    ground: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_007) },
    target: { type: 'string', default: 'tnatsd' },
    'rss-mb': { type: 'string', default: '512' },
    'latency-ms': { type: 'string', default: '5000' },
    from: { type: 'string', default: '0' },
    count: { type: 'string', default: '1000000000' },
  },
});

const seed = Number(values.seed);
const seconds = values.minutes ? Number(values.minutes) * 60 : Number(values.seconds);
const connectionsAtOnce = 8;
const readLimit = 4_000_000;

interface Finding {
  oracle: string;
  iteration: number;
  what: string;
}

class Fuzzer {
  readonly findings: Finding[] = [];
  iteration: number;
  sent = 0;
  maxRssMb = 0;
  /** Streams that were answered, by lane: one that never is reaches nothing. */
  readonly answered = new Map<Lane, number>();
  private readonly target: Target;
  private readonly ground: Ground;
  private readonly corpora: { client: Buffer[]; http: Buffer[]; hello: Buffer[] };

  constructor(target: Target, ground: Ground, hello: Buffer[], first: number) {
    this.target = target;
    this.ground = ground;
    this.iteration = first;
    this.corpora = { client: clientCorpus(), http: httpCorpus(), hello };
  }

  report(oracle: string, iteration: number, what: string): void {
    this.findings.push({ oracle, iteration, what });
    console.log(`not ok - ${oracle}: seed ${seed} iteration ${iteration}: ${what}`);
  }

  private monitoringPort(): number {
    return Number(new URL(this.target.ports.monitoring?.[0] ?? '').port);
  }

  /** One connection with one mutated stream. */
  private async iterate(iteration: number): Promise<void> {
    const below = seededBelow(seed + iteration);
    if (below(4) === 0) {
      await this.iterateWebSocket(iteration, below);
      return;
    }
    const isHttp = below(5) === 0;
    if (isHttp) await this.iterateHttp(iteration, below);
    else await this.iterateClient(iteration, below);
  }

  private async iterateHttp(iteration: number, below: Below): Promise<void> {
    const data = mutate(this.corpora.http, below);
    const lane = this.ground.secured ? 'handshake' : 'clear';
    const received = await this.send(lane, this.monitoringPort(), data, below);
    this.judge('http answers are legal', illegalHttp(received), iteration, data);
  }

  private async iterateClient(iteration: number, below: Below): Promise<void> {
    const { lanes } = this.ground;
    const lane = lanes[below(lanes.length)]!;
    const corpus = lane === 'hello' ? this.corpora.hello : this.corpora.client;
    const stream = mutate(corpus, below);
    const headed = lane === 'clear' && lanes.includes('proxy') && below(2) === 0;
    const data = headed ? Buffer.concat([mutate([...proxyHeaders], below), stream]) : stream;
    const received = await this.send(lane, this.target.clientPort, data, below);
    // Behind a header or a handshake that is broken anything but protocol may be an end.
    const wrong = lane === 'hello' ? illegalHandshake(received) : illegalOutput(received);
    // In the clear, too, a stream may begin like a handshake, where both are served.
    if (lanes.includes('hello') && isAlert(received)) return;
    this.judge('answers are legal protocol', wrong, iteration, data);
  }

  private async send(lane: Lane, port: number, data: Buffer, below: Below): Promise<string> {
    const pieces = below(2) === 0 ? [data] : randomCut(below)(data);
    const abrupt = below(4) === 0;
    this.sent += data.length;
    const received = await exchange(await openLane(lane, port, below), pieces, abrupt);
    if (received !== '') this.answered.set(lane, (this.answered.get(lane) ?? 0) + 1);
    return received;
  }

  private judge(oracle: string, wrong: string | undefined, iteration: number, data: Buffer): void {
    if (wrong === undefined) return;
    this.report(oracle, iteration, wrong);
    this.keep(iteration, data);
  }

  private async iterateWebSocket(iteration: number, below: Below): Promise<void> {
    const { upgrade, data } = webSocketStream(this.corpora.client, below);
    const pieces = below(2) === 0 ? [data] : randomCut(below)(data);
    const port = Number(new URL(this.target.ports.websocket?.[0] ?? '').port);
    const lane = this.ground.secured ? 'handshake' : 'clear';
    const abrupt = below(4) === 0;
    const received = await exchange(await openLane(lane, port, below), pieces, abrupt, upgrade);
    this.sent += data.length;
    this.judge('answers over WebSocket are legal', illegalWebSocket(received), iteration, data);
  }

  private keep(iteration: number, data: Buffer): void {
    const dir = join(__PROJECT_ROOT__, 'build/fuzz');
    mkdirSync(dir, { recursive: true });
    appendFileSync(join(dir, `${seed}-${iteration}.bin`), data);
  }

  async lane(until: number, last: number, over: () => boolean): Promise<void> {
    const more = () => this.iteration < last && this.findings.length < 20;
    while (Date.now() < until && more() && !over()) {
      const iteration = this.iteration;
      this.iteration += 1;
      await this.iterate(iteration);
    }
  }

  /** Memory of the process; only where /proc tells. */
  checkMemory(): void {
    let status = '';
    try {
      status = readFileSync(`/proc/${this.target.pid}/status`, 'utf8');
    } catch {
      return;
    }
    const rssMb = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
    this.maxRssMb = Math.max(this.maxRssMb, rssMb);
    if (rssMb > Number(values['rss-mb']))
      this.report('memory is bounded', this.iteration, `RSS ${Math.round(rssMb)} MiB`);
  }

  /** A sound request to /varz must be answered. */
  checkVarz(): Promise<void> {
    return new Promise((resolve) => {
      const fail = (what: string) => {
        this.report('monitoring answers', this.iteration, what);
        resolve();
      };
      const ask = this.ground.secured ? getSecured : get;
      const place = { port: this.monitoringPort(), rejectUnauthorized: false };
      const request = ask(
        { ...place, path: '/varz', agent: false, timeout: 10_000 },
        (response) => {
          response.resume();
          response.on('end', () =>
            response.statusCode === 200 ? resolve() : fail(`status ${response.statusCode}`),
          );
        },
      );
      request.on('timeout', () => request.destroy(new Error('timeout')));
      request.on('error', (error) => fail(error.message));
    });
  }
}

/** Sends the pieces, waits a moment for answers, closes; returns what came. */
async function exchange(
  { socket, greeting, closed }: Opened,
  pieces: Buffer[],
  abrupt: boolean,
  upgrade = false,
): Promise<string> {
  let received = greeting;
  socket.on('data', (chunk: Buffer) => {
    if (received.length < readLimit) received += chunk.toString('latin1');
  });
  if (upgrade && !closed()) {
    socket.write(upgradeRequest);
    await new Promise<void>((resolve) =>
      socket.once('data', () => resolve()).once('close', resolve),
    );
  }
  for (const [i, piece] of pieces.entries()) {
    if (closed()) break;
    socket.write(piece);
    if (i % 16 === 0) await new Promise<void>((resolve) => setImmediate(resolve));
  }
  await quiet(socket, () => received.length, closed, abrupt ? 1 : 12);
  socket.destroy();
  return received;
}

/** Until nothing came for `ms`, or the connection closed; at most a second. */
async function quiet(
  socket: Socket,
  length: () => number,
  closed: () => boolean,
  ms: number,
): Promise<void> {
  const deadline = Date.now() + 1_000;
  let before = -1;
  while (!closed() && !socket.destroyed && length() !== before && Date.now() < deadline) {
    before = length();
    await sleep(ms);
  }
}

const oracles = [
  'the process lives',
  'answers are legal protocol',
  'http answers are legal',
  'answers over WebSocket are legal',
  'memory is bounded',
  'monitoring answers',
  'other clients are unaffected',
  'the server still stops cleanly',
];

async function watch(fuzzer: Fuzzer, pair: HealthyPair, until: () => boolean): Promise<void> {
  while (!until()) {
    await sleep(500);
    fuzzer.checkMemory();
    await fuzzer.checkVarz();
    for (const what of pair.takeProblems())
      fuzzer.report('other clients are unaffected', fuzzer.iteration, what);
  }
}

interface Ground {
  name: string;
  text: string;
  login: Record<string, string>;
  /** Monitoring and WebSocket speak TLS. */
  secured: boolean;
  /** How the client port is reached; the healthy pair uses the first. */
  lanes: readonly Lane[];
}

const tls = (more = '') =>
  `tls { cert_file: "@CERTS@/server.pem", key_file: "@CERTS@/server-key.pem", timeout: 1${more} }\n`;
const http = `http: "127.0.0.1:-1"
  websocket { listen: "127.0.0.1:-1", no_tls: true, compression: true }\n`;
/** The time is shared out among these configurations. */
const grounds: Ground[] = [
  { name: 'open', text: http, login: {}, secured: false, lanes: ['clear'] },
  {
    name: 'restricted',
    text: `${http}max_payload: 4k, max_control_line: 1k, max_pending: 1MB, max_subscriptions: 50, max_connections: 200
      ping_interval: "300ms", ping_max: 3, write_deadline: "500ms"
      mappings { foo: bar, "a.*": "b.{{partition(3,1)}}.$1", m: [ {destination: n, weight: 50%} ] }
      authorization { timeout: 0.5, users: [
        {user: healthy, password: h}
        {user: u, password: p, permissions: {publish: {deny: "p.no.>"}, subscribe: {deny: "s.no.*"}, allow_responses: true}}
        {user: guest, password: g, permissions: {publish: ["a", "foo", "m", "_INBOX.>"], subscribe: [">", "a q"]}} ] }
      no_auth_user: guest\n`,
    login: { user: 'healthy', pass: 'h' },
    secured: false,
    lanes: ['clear'],
  },
  {
    name: 'secured',
    text: `proxy_protocol: true\n${tls()}https: "127.0.0.1:-1"
      websocket { listen: "127.0.0.1:-1", compression: true\n${tls()} }
      authorization { timeout: 1, users: [ {user: healthy, password: h}, {user: guest, password: g} ] }
      no_auth_user: guest\n`,
    login: { user: 'healthy', pass: 'h' },
    secured: true,
    lanes: ['upgrade', 'proxy and upgrade', 'hello'],
  },
  {
    name: 'mixed',
    text: `proxy_protocol: true, allow_non_tls: true\n${tls()}${http}
      authorization { timeout: 1, users: [ {user: healthy, password: h} ] }\n`,
    login: { user: 'healthy', pass: 'h' },
    secured: false,
    lanes: ['upgrade', 'proxy and upgrade', 'clear', 'proxy', 'hello'],
  },
  {
    name: 'first',
    text: `proxy_protocol: true\n${tls(', handshake_first: "50ms"')}${http}`,
    login: {},
    secured: false,
    lanes: ['handshake', 'upgrade', 'hello', 'clear'],
  },
];

/** Fuzzes one server, from its start to its end. */
async function fuzzOn(ground: Ground, kind: TargetKind, first: number): Promise<Fuzzer> {
  const target = await startTarget(kind, { text: ground.text });
  const fuzzer = new Fuzzer(target, ground, await helloCorpus(), first);
  const dial = () => openLane(ground.lanes[0]!, target.clientPort, () => 0);
  const pair = new HealthyPair(dial, Number(values['latency-ms']), ground.login);
  let over = false;
  void target.exited.then((how) => {
    const what = `exited with ${how}\n${target.log().slice(-4_000)}`;
    if (!over) fuzzer.report('the process lives', fuzzer.iteration, what);
    over = true;
  });
  const until = Date.now() + (seconds * 1_000) / grounds.length;
  await pair.start();
  const watching = watch(fuzzer, pair, () => over);
  const last = first + Number(values.count);
  await Promise.all(
    Array.from({ length: connectionsAtOnce }, () => fuzzer.lane(until, last, () => over)),
  );
  const lived = !over;
  over = true;
  await watching;
  pair.stop();
  if (lived) await stopCleanly(target, fuzzer);
  await target.stop();
  const slowest = `slowest of ${pair.seen} healthy messages ${Math.round(pair.slowestMs)} ms`;
  const rss = `RSS at most ${Math.round(fuzzer.maxRssMb)} MiB`;
  const streams = `iterations ${first} to ${fuzzer.iteration}, ${fuzzer.sent} bytes`;
  const lanes = [...fuzzer.answered].map(([lane, count]) => `${lane} ${count}`).join(', ');
  console.log(`fuzz ${ground.name}: ${streams}, ${rss}, ${slowest}, answered: ${lanes}`);
  return fuzzer;
}

async function stopCleanly(target: Target, fuzzer: Fuzzer): Promise<void> {
  target.signal('SIGTERM');
  const how = await Promise.race([target.exited, sleep(10_000, 'timeout')]);
  const isClean = how === 0 || (target.kind === 'nats-server' && how === 1);
  if (!isClean) fuzzer.report('the server still stops cleanly', fuzzer.iteration, String(how));
}

async function main(): Promise<void> {
  if (values.server) process.env.TNATSD_PROGRAM = values.server;
  if (values.node) process.env.TNATSD_NODE = values.node;
  const kind: TargetKind = values.target === 'nats-server' ? 'nats-server' : 'tnatsd';
  console.log(`fuzz: ${kind}, seed ${seed}, ${seconds} s`);
  const failed = new Set<string>();
  let first = Number(values.from);
  for (const ground of grounds.filter(({ name }) => (values.ground ?? name) === name)) {
    const fuzzer = await fuzzOn(ground, kind, first);
    first = values.ground ? first : fuzzer.iteration;
    for (const { oracle } of fuzzer.findings) failed.add(oracle);
  }
  for (const oracle of oracles) console.log(`${failed.has(oracle) ? 'not ok' : 'ok'} - ${oracle}`);
  console.log(`# pass ${oracles.length - failed.size}\n# fail ${failed.size}`);
  process.exit(failed.size > 0 ? 1 : 0);
}

main().catch((error: unknown) => {
  console.error(error);
  console.log(`# pass 0\n# fail 1`);
  process.exit(1);
});
