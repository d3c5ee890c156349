/**
 * One simulation: clients that subscribe, publish, request and misbehave against one server, all
 * chosen by the seed, judged by the rules of history.ts. Afterwards everybody leaves, and the server
 * must have forgotten all of it.
 */
import { SimRandom } from '../../src/platform/sim-random.ts';
import { History } from './history.ts';
import { SimClient } from './sim-client.ts';
import { type SimServer, startSimServer } from './sim-server.ts';

/** What every account imports of the system account. */
const systemImports = 4;

export interface SimulationResult {
  readonly problems: readonly string[];
  /** Equal for equal seeds: the whole course went into it. */
  readonly hash: string;
  readonly messages: number;
  readonly deliveries: number;
  readonly lost: number;
  readonly slowConsumers: number;
  /** The last events, for a failure. */
  readonly tail: readonly string[];
}

const literals = ['a', 'a.b', 'a.c', 'a.b.c', 'b', 'b.x.y', 'c.d.e.f', 'svc.one', 'svc.two'];
const patterns = [
  '>',
  '*',
  'a.*',
  'a.>',
  '*.b',
  '*.*',
  '*.*.c',
  'b.>',
  'svc.*',
  'c.*.e.*',
  ...literals,
];
const queues = ['workers', 'others'];
const readAreas = [
  { headroom: 16 * 1024, capacity: 64 * 1024 },
  { headroom: 64, capacity: 200 },
  { headroom: 16, capacity: 4096 },
];

/** Below this the clients publish more than their lines can bring. */
const narrowBytesPerMs = 20_000;

class Simulation {
  private readonly random: SimRandom;
  private readonly server: SimServer;
  private readonly history = new History();
  private readonly clients: SimClient[] = [];
  private readonly stopMs: number;
  /** Everybody may become a slow consumer, without a fault. */
  private readonly tight: boolean;
  private nextName = 1;

  constructor(seed: number, server: SimServer, durationMs: number, tight: boolean) {
    this.tight = tight;
    this.random = new SimRandom(seed).fork('workload');
    this.server = server;
    this.stopMs = server.platform.time.monotonicMs() + durationMs;
  }

  private get time() {
    return this.server.platform.time;
  }

  async run(): Promise<SimulationResult> {
    const count = this.random.between(2, 8);
    for (let i = 0; i < count; i++) this.addClient();
    if (this.random.chance(0.7)) this.scheduleFault();
    await this.time.run(this.stopMs - this.time.monotonicMs());
    await this.quiesce();
    const problems = [...this.history.problems(), ...this.clients.flatMap((c) => c.problems)];
    problems.push(...this.unexcused());
    await this.empty(problems);
    return this.result(problems);
  }

  private result(problems: string[]): SimulationResult {
    const { trace } = this.server.platform;
    return {
      problems,
      hash: trace.hash,
      messages: this.history.messages.length,
      deliveries: this.history.subscriptions.reduce((sum, sub) => sum + sub.received.length, 0),
      lost: this.clients.filter((client) => !client.isOpen).length,
      slowConsumers: this.server.program.server.counters.slowConsumers,
      tail: trace.tail,
    };
  }

  // ---- the clients ----

  private addClient(): SimClient {
    const { random } = this;
    const name = `c${this.nextName++}`;
    const traits = {
      echo: random.chance(0.8),
      headers: random.chance(0.8),
      verbose: random.chance(0.1),
    };
    const client = new SimClient(this.server.platform, this.history, name, traits);
    client.excused = this.tight;
    client.subscribe(`_INBOX.${name}.>`);
    this.clients.push(client);
    this.scheduleAction(client);
    return client;
  }

  private scheduleAction(client: SimClient): void {
    this.time.after(this.random.between(1, 30), () => {
      if (!client.isOpen || this.time.monotonicMs() >= this.stopMs) return;
      // Several things in one turn leave in one piece.
      for (let i = this.random.between(1, 6); i > 0; i--) this.act(client);
      if (this.random.chance(0.7)) client.confirm();
      this.scheduleAction(client);
    });
  }

  private act(client: SimClient): void {
    const { random } = this;
    const choice = random.below(100);
    if (choice < 12) client.subscribe(random.pick(patterns));
    else if (choice < 18) client.subscribe(random.pick(patterns), random.pick(queues));
    else if (choice < 21) client.subscribe(random.pick(patterns), '', random.between(1, 5));
    else if (choice < 37) this.unsubscribeOne(client);
    else if (choice < 45 && client.traits.headers) {
      client.request(random.pick(['svc.one', 'svc.two', 'none']), 5);
    } else {
      client.publish(random.pick(literals), { size: this.size(), withHeader: random.chance(0.2) });
    }
  }

  private unsubscribeOne(client: SimClient): void {
    const open = [...client.subs.values()].filter(
      (sub) => sub.unsubSentMs === Number.POSITIVE_INFINITY && !sub.subject.startsWith('_INBOX'),
    );
    if (open.length > 0) client.unsubscribe(this.random.pick(open));
  }

  private size(): number {
    const { random } = this;
    if (random.chance(0.8)) return random.between(0, 60);
    if (random.chance(0.8)) return random.between(100, 6000);
    return random.between(7000, 40_000);
  }

  // ---- the faults ----

  private scheduleFault(): void {
    this.time.after(this.random.between(50, 800), () => {
      if (this.time.monotonicMs() >= this.stopMs) return;
      this.fault();
      this.scheduleFault();
    });
  }

  private fault(): void {
    const { random } = this;
    const open = this.clients.filter((client) => client.isOpen);
    if (open.length < 2) {
      this.addClient();
      return;
    }
    const client = random.pick(open);
    const choice = random.below(10);
    if (choice < 2) client.cut();
    else if (choice < 4) client.leave();
    else if (choice < 6) this.addClient();
    else if (choice < 9) this.stall(client);
    else this.partition(client);
  }

  /** Does not read for a while; may be closed as a slow consumer for it. */
  private stall(client: SimClient): void {
    client.excused = true;
    client.stopReading();
    this.time.after(this.random.between(10, 3000), () => client.goOnReading());
  }

  private partition(client: SimClient): void {
    client.excused = true;
    const { network } = this.server.platform;
    const address = `10.0.1.${client.name.slice(1)}`;
    network.partition(address, '10.0.0.1');
    this.time.after(this.random.between(10, 2000), () => network.heal(address, '10.0.0.1'));
  }

  // ---- the end ----

  /** Everything that is under way arrives, and every open client has it confirmed. */
  private async quiesce(): Promise<void> {
    await this.time.run(5000);
    for (const client of this.clients) if (client.isOpen) client.confirm();
    for (let i = 0; i < 600 && this.clients.some((c) => c.isOpen && c.isWaiting); i++) {
      await this.time.run(1000);
    }
  }

  /** Nobody who behaved was closed or told an error. */
  private unexcused(): string[] {
    const stuck = this.clients.filter((client) => client.isOpen && client.isWaiting);
    return [
      ...stuck.map((client) => `${client.name} still waits for a PONG`),
      ...this.clients
        .filter((client) => !client.excused && (client.errors.length > 0 || !client.isOpen))
        .map((client) => `${client.name} was told ${client.errors.join(', ')} without a reason`),
    ];
  }

  /** All leave; the server must be as empty as at its start, and stop. */
  private async empty(problems: string[]): Promise<void> {
    const { server } = this.server.program;
    for (const client of this.clients) if (client.isOpen) client.leave();
    await this.time.run(30_000);
    const left = {
      clients: server.clients.size,
      subscriptions: server.globalAccount.sublist.count - systemImports,
      listed: server.globalAccount.sublist.all().length - systemImports,
      members: server.globalAccount.connections.size,
      streams: this.server.platform.network.streams.length,
    };
    for (const [what, count] of Object.entries(left)) {
      if (count > 0) problems.push(`${count} ${what} are left behind`);
    }
    await this.time.runUntil(this.server.program.shutdown());
    const fatal = this.server.log.filter((line) => line.startsWith('[FTL]'));
    problems.push(...fatal);
  }
}

/** Runs `durationMs` of simulated traffic. The same arguments give the same hash. */
export async function simulate(seed: number, durationMs: number): Promise<SimulationResult> {
  const random = new SimRandom(seed).fork('setup');
  const server = await startSimServer(seed, random.pick(readAreas), (options) => {
    // Small limits, so that faults reach them.
    options.maxPayload = 100_000;
    options.maxPending = random.pick([64 * 1024 * 1024, 200_000]);
    options.writeDeadlineNs = random.pick([10_000_000_000n, 1_000_000_000n]);
    options.noSublistCache = random.chance(0.1);
    options.noFastProducerStall = false;
  });
  const { network } = server.platform;
  network.link = {
    ...network.link,
    latencyMs: random.pick([0.05, 1, 20]),
    jitterMs: random.pick([0, 0.5, 5]),
    kernelBytes: random.pick([4096, 64 * 1024, 256 * 1024]),
    bytesPerMs: random.pick([1000, 100_000]),
  };
  const perMs = Math.min(
    network.link.bytesPerMs,
    network.link.kernelBytes / (network.link.latencyMs + network.link.jitterMs),
  );
  const tight = perMs < narrowBytesPerMs || server.program.server.options.maxPending < 1e6;
  return new Simulation(seed, server, durationMs, tight).run();
}
