/**
 * A session is a script of what clients do, together with what the real server answered.
 *
 * Connections have names and open when first named. After each step the recorder waits until all
 * of them are quiet and writes down what each received, and which were closed by the server. The
 * replay does the same step, and waits until it saw exactly that; a divergence fails at once or
 * after a bounded time. Expectations are stored masked (masks.ts); all text is latin1 of bytes.
 *
 * What cannot be written down before the run stands as a placeholder in the bytes (placeholders.ts):
 * a signature of the connection's nonce, the reply subject that a connection received last.
 * `!reload` rewrites the configuration, signals, and waits for the server's verdict in its log, which
 * is recorded as what the connection `server` received.
 */

import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as tlsConnect } from 'node:tls';
import { type Cut, whole } from './chunking.ts';
import { type MaskOptions, maskOutput } from './masks.ts';
import { fillPlaceholders } from './placeholders.ts';
import { certsDir, type Target, type TargetConfig } from './target.ts';

/** One action: `[connection, bytes]`, or a verb that begins with an exclamation mark. */
export type Action =
  | [connection: string, bytes: string, times?: number]
  | ['!open', string]
  | ['!openTls', string]
  | ['!openCluster', string]
  | ['!close', string]
  | ['!end', string]
  | ['!tls', string]
  | ['!tlsCert', string]
  | ['!pause', string]
  | ['!drain', string]
  | ['!wait', number]
  | ['!signal', NodeJS.Signals]
  | ['!config', string]
  | ['!reload', string];

export interface Step {
  do: Action;
  /** Masked bytes that each connection received in answer to this step. */
  out?: Record<string, string>;
  /** Connections that the server closed in this step. */
  closed?: string[];
}

export interface Session {
  name: string;
  /** Rows of the feature list and traps that it shows. */
  rows?: string[];
  config: string;
  steps: Step[];
  /** Depends on time or on one write per step: not replayed in pieces. */
  whole?: true;
  /** Changes the server (signals, limits, reload): gets one of its own. */
  fresh?: true;
  /** A session about PINGs that the server sends. */
  pings?: true;
  /** Several messages of one step come in no defined order. */
  unordered?: true;
}

export interface RecordedGroup {
  reference: string;
  configs: Record<string, TargetConfig>;
  sessions: Session[];
}

interface Peer {
  socket: Socket;
  received: string;
  /** From the INFO line, to be signed. */
  nonce: string;
  /** The reply subject of the message that came last. */
  lastReply: string;
  /** A JWT that came as a payload. */
  lastToken: string;
  closed: boolean;
  /** Only -ERR lines are kept: how much of the messages arrives is a matter of time. */
  errorsOnly: boolean;
  /** The connection ended with an error: a reset may have thrown away what was not read yet. */
  failed: boolean;
}

const tlsFiles = () => ({
  ca: readFileSync(join(certsDir, 'ca.pem')),
  servername: 'localhost',
});
const clientCert = () => ({
  cert: readFileSync(join(certsDir, 'client.pem')),
  key: readFileSync(join(certsDir, 'client-key.pem')),
});

/** Keeps what a placeholder may ask for later. */
function remember(peer: Peer): void {
  const nonce = /^INFO .*"nonce":"([^"]+)"/m.exec(peer.received)?.[1];
  if (nonce !== undefined) peer.nonce = nonce;
  const token = /^eyJ[\w-]+\.[\w-]+\.[\w-]+\r$/m.exec(peer.received)?.[0];
  if (token !== undefined) peer.lastToken = token.slice(0, -1);
  const withReply = /^(?:MSG|HMSG(?= .* \d+ \d+\r)) \S+ \S+ (\S+) \d+(?: \d+)?\r$/gm;
  for (const [, reply] of peer.received.matchAll(withReply)) peer.lastReply = reply ?? '';
}

/** The connections of one session, and what each received since the step began. */
export class SessionRun {
  readonly peers = new Map<string, Peer>();
  lastActivity = Date.now();
  /** Chunks and closes since the last action began. */
  arrivals = 0;
  /** Called at each byte or close, to check expectations without polling. */
  onActivity: () => void = () => {};
  private verdict = '';
  private readonly target: Target;
  private readonly cut: Cut;

  constructor(target: Target, cut: Cut = whole) {
    this.target = target;
    this.cut = cut;
  }

  private watch(peer: Peer, socket: Socket): void {
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      const text = chunk.toString('latin1');
      peer.received += peer.errorsOnly ? (text.match(/-ERR [^\n]*\n/g) ?? []).join('') : text;
      remember(peer);
      this.touched();
    });
    socket.on('error', () => {
      peer.failed = true;
    });
    socket.on('close', () => {
      if (peer.socket !== socket) return;
      peer.closed = true;
      this.touched();
    });
  }

  private touched(): void {
    this.lastActivity = Date.now();
    this.arrivals += 1;
    this.onActivity();
  }

  private portOf(verb: string): number {
    const url = verb === '!openCluster' ? this.target.ports.cluster?.[0] : undefined;
    return url
      ? Number(new URL(url.replace(/^nats(-route)?:/, 'http:')).port)
      : this.target.clientPort;
  }

  private open(name: string, verb: string): Peer {
    const at = { port: this.portOf(verb), host: '127.0.0.1' };
    const socket =
      verb === '!openTls'
        ? tlsConnect({ ...at, ...tlsFiles() })
        : connect({ ...at, allowHalfOpen: true });
    const peer: Peer = {
      socket,
      received: '',
      nonce: '',
      lastReply: '',
      lastToken: '',
      closed: false,
      errorsOnly: false,
      failed: false,
    };
    socket.on('end', () => socket.end());
    this.watch(peer, socket);
    this.peers.set(name, peer);
    return peer;
  }

  /** Upgrades after the INFO line arrived. */
  private async upgrade(name: string, withCert: boolean): Promise<void> {
    const peer = this.peers.get(name);
    if (!peer) return;
    peer.socket.removeAllListeners('data');
    peer.socket.removeAllListeners('end');
    const options = { socket: peer.socket, ...tlsFiles(), ...(withCert ? clientCert() : {}) };
    const secure = tlsConnect(options);
    peer.socket = secure;
    this.watch(peer, secure);
    await new Promise<void>((resolve) => {
      secure.once('secureConnect', resolve);
      secure.once('close', () => resolve());
    });
  }

  private async send(peer: Peer, bytes: string): Promise<void> {
    const pieces = this.cut(Buffer.from(bytes, 'latin1'));
    for (const piece of pieces) {
      if (peer.closed || peer.socket.writableEnded) return;
      peer.socket.write(piece);
      if (pieces.length > 1) await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  /** Performs one action; the answers arrive later. */
  async act(action: Action): Promise<void> {
    this.lastActivity = Date.now();
    this.arrivals = 0;
    const [verb, argument, times = 1] = action;
    if (verb === '!wait') return await sleep(Number(argument));
    if (verb === '!signal') return this.target.signal(argument as NodeJS.Signals);
    if (verb === '!config') return this.target.rewriteConfig(String(argument));
    if (verb === '!reload') {
      this.verdict = await this.target.reload(String(argument));
      return;
    }
    const name = verb.startsWith('!') ? String(argument) : verb;
    const peer = this.peers.get(name) ?? this.open(name, verb);
    if (verb === '!close') {
      peer.socket.removeAllListeners('data');
      peer.socket.destroy();
    } else if (verb === '!end') peer.socket.end();
    else if (verb === '!pause') peer.socket.pause();
    else if (verb === '!drain') {
      peer.errorsOnly = true;
      peer.socket.resume();
    } else if (verb === '!tls' || verb === '!tlsCert')
      await this.upgrade(name, verb === '!tlsCert');
    else if (!verb.startsWith('!'))
      await this.send(peer, this.filled(name, String(argument)).repeat(times));
  }

  private filled(name: string, bytes: string): string {
    return fillPlaceholders(bytes, {
      nonce: (of) => this.peers.get(of || name)?.nonce ?? '',
      lastToken: () => this.peers.get(name)?.lastToken ?? '',
      lastReply: (of) => this.peers.get(of || name)?.lastReply ?? '',
    });
  }

  /** What came since the last call of `take`, masked; connections without any are left out. */
  peek(options: MaskOptions): Record<string, string> {
    const out: Record<string, string> = {};
    if (this.verdict !== '') out.server = this.verdict;
    for (const [name, peer] of this.peers) {
      const masked = maskOutput(peer.received, options);
      if (masked !== '') out[name] = masked;
    }
    return out;
  }

  take(): void {
    this.verdict = '';
    for (const peer of this.peers.values()) peer.received = '';
  }

  closedNames(): string[] {
    return [...this.peers].filter(([, p]) => p.closed).map(([name]) => name);
  }

  anyFailed(): boolean {
    return [...this.peers.values()].some((peer) => peer.failed);
  }

  end(): void {
    this.onActivity = () => {};
    for (const peer of this.peers.values()) peer.socket.destroy();
  }
}

/** The mask options that a session asks for. */
export function maskOptionsOf(session: Session): MaskOptions {
  return { unordered: session.unordered === true, pings: session.pings === true };
}

/** Opens the connections that an action names for the first time, as a step of its own. */
export function withOpens(actions: Action[]): Action[] {
  const known = new Set<string>();
  const out: Action[] = [];
  for (const action of actions) {
    const [verb, argument] = action;
    if (/^!open/.test(verb)) known.add(String(argument));
    else if (!verb.startsWith('!') && !known.has(verb)) {
      known.add(verb);
      out.push(['!open', verb]);
    }
    out.push(action);
  }
  return out;
}
