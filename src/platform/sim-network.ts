/**
 * The simulated network: hosts by address, listeners, dialling, and the faults that tests ask
 * for: partitions, cut lines, refused connections, slow links. All choices come from the seed.
 */
import type { Listener } from './network.ts';
import type { ReadTarget } from './read-target.ts';
import type { SimRandom } from './sim-random.ts';
import {
  defaultLink,
  type Endpoint,
  type LinkSettings,
  SimStream,
  type StreamWorld,
} from './sim-stream.ts';
import type { SimTime } from './sim-time.ts';

type AcceptStream = (stream: SimStream) => void;

const firstEphemeralPort = 32_768;

export class SimNetwork implements StreamWorld {
  readonly time: SimTime;
  readonly random: SimRandom;
  readonly target: ReadTarget;
  /** Settings of new connections. */
  link: LinkSettings = { ...defaultLink };
  private readonly listeners = new Map<string, AcceptStream>();
  private readonly open = new Set<SimStream>();
  private readonly partitions = new Set<string>();
  private nextPort = firstEphemeralPort;

  constructor(time: SimTime, random: SimRandom, target: ReadTarget) {
    this.time = time;
    this.random = random;
    this.target = target;
  }

  /** Accepted streams are paused until they are resumed. Throws EADDRINUSE like Node. */
  listen(address: string, port: number, onAccept: AcceptStream): Listener {
    const real = port > 0 ? port : this.nextPort++;
    const key = `${address}:${real}`;
    if (this.listeners.has(key)) {
      const error = new Error(`listen EADDRINUSE: address already in use ${key}`);
      throw Object.assign(error, { code: 'EADDRINUSE', syscall: 'listen', address, port: real });
    }
    this.listeners.set(key, onAccept);
    return { host: address, port: real, close: () => void this.listeners.delete(key) };
  }

  /**
   * Connects `from` to a listener. The stream can be written to at once; when nobody listens, its
   * handler hears of ECONNREFUSED. Set the handler before the next turn.
   */
  dial(from: string, to: Endpoint): SimStream {
    const local = { address: from, port: this.nextPort++ };
    const stream = new SimStream(this, local, to, this.link, false);
    this.open.add(stream);
    this.time.note(`${stream.id} dials`);
    this.time.io(2 * this.link.latencyMs, () => this.establish(stream, local, to));
    return stream;
  }

  private establish(stream: SimStream, local: Endpoint, to: Endpoint): void {
    if (stream.isClosed) return;
    if (!this.reachable(local.address, to.address)) {
      this.time.io(1000, () => this.establish(stream, local, to));
      return;
    }
    const onAccept = this.listeners.get(`${to.address}:${to.port}`);
    if (onAccept === undefined) {
      stream.fail('ECONNREFUSED');
      return;
    }
    const accepted = new SimStream(this, to, local, stream.link, true);
    this.open.add(accepted);
    accepted.connect(stream);
    onAccept(accepted);
    stream.connect(accepted);
  }

  reachable(from: string, to: string): boolean {
    return !this.partitions.has(`${from} ${to}`);
  }

  /** From now on nothing passes between the two hosts, in both directions, until `heal`. */
  partition(a: string, b: string): void {
    this.time.note(`partition ${a} ${b}`);
    this.partitions.add(`${a} ${b}`).add(`${b} ${a}`);
  }

  heal(a: string, b: string): void {
    this.time.note(`heal ${a} ${b}`);
    this.partitions.delete(`${a} ${b}`);
    this.partitions.delete(`${b} ${a}`);
  }

  /** Open streams, in the order in which they were made. */
  get streams(): readonly SimStream[] {
    return [...this.open];
  }

  /** A host dies: its listeners vanish and its connections break. */
  kill(address: string): void {
    this.time.note(`kill ${address}`);
    for (const key of [...this.listeners.keys()]) {
      if (key.startsWith(`${address}:`)) this.listeners.delete(key);
    }
    for (const stream of this.streams) {
      if (stream.localAddress === address) stream.cut();
    }
  }

  forget(stream: SimStream): void {
    this.open.delete(stream);
  }
}
