import { type ChildProcess, spawn } from 'node:child_process';
import * as dgram from 'node:dgram';
import { existsSync } from 'node:fs';
import * as net from 'node:net';
import { goQuote } from '../base/go-quote.ts';
import { type LogLevel, oneLine } from './log-format.ts';
import type { LogOutput } from './log-sink.ts';

/*
 * Syslog as Go's log/syslog writes it (nats-server's logger/syslog.go): locally
 * `<pri>Jan _2 15:04:05 tag[pid]: text`, remotely `<pri>RFC3339 host tag[pid]: text`.
 *
 * This file is imported only when syslog is used. Node has no datagram Unix sockets, which is what /dev/log usually is. A stream socket there is used
 * as it is; else the systemd journal's own stream socket, which takes `<severity>text` lines; else the
 * `logger` program of every Unix, fed line by line.
 */

const severityOf: Record<LogLevel, number> = { FTL: 2, ERR: 3, WRN: 4, INF: 5, TRC: 5, DBG: 7 };
const DAEMON = 3 << 3;
const LOCAL_PATHS = ['/dev/log', '/var/run/syslog', '/var/run/log'];
const JOURNAL_PATH = '/run/systemd/journal/stdout';
/** What waits for a slow or lost collector; beyond it messages are dropped. */
const WAITING_BYTES_MAX = 1024 * 1024;
const RECONNECT_MS = 1000;

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

function clockText(d: Date): string {
  return [d.getHours(), d.getMinutes(), d.getSeconds()]
    .map((n) => String(n).padStart(2, '0'))
    .join(':');
}

/** Go's time.Stamp. */
export function goStamp(d: Date): string {
  return `${months[d.getMonth()]} ${String(d.getDate()).padStart(2, ' ')} ${clockText(d)}`;
}

/** Go's time.RFC3339, local zone. */
export function goRfc3339(d: Date): string {
  const minutes = -d.getTimezoneOffset();
  const pad = (n: number) => String(n).padStart(2, '0');
  const absolute = Math.abs(minutes);
  const zone =
    minutes === 0
      ? 'Z'
      : `${minutes < 0 ? '-' : '+'}${pad(Math.floor(absolute / 60))}:${pad(absolute % 60)}`;
  return `${d.getFullYear()}-${pad(d.getMonth() + 1)}-${pad(d.getDate())}T${clockText(d)}${zone}`;
}

export interface SyslogIdentity {
  readonly tag: string;
  readonly pid: number;
  readonly hostname: string;
  nowMs(): number;
}

/** A line as the collector at the other end wants it. */
type Encode = (level: LogLevel, text: string) => string;

function encodeLocal(id: SyslogIdentity, facility: number): Encode {
  return (level, text) =>
    `<${facility | severityOf[level]}>${goStamp(new Date(id.nowMs()))} ${id.tag}[${id.pid}]: ${text}\n`;
}

function encodeRemote(id: SyslogIdentity): Encode {
  return (level, text) =>
    `<${severityOf[level]}>${goRfc3339(new Date(id.nowMs()))} ${id.hostname} ${id.tag}[${id.pid}]: ${text}\n`;
}

const encodeJournal: Encode = (level, text) => `<${severityOf[level]}>${text}\n`;

/** Takes encoded lines; `send` says whether the line was taken. */
interface Carrier {
  send(line: string): boolean;
  close(): void;
}

class SyslogOutput implements LogOutput {
  private readonly encode: Encode;
  private readonly carrier: Carrier;

  constructor(encode: Encode, carrier: Carrier) {
    this.encode = encode;
    this.carrier = carrier;
  }

  write(level: LogLevel, message: string): void {
    this.carrier.send(this.encode(level, oneLine(message)));
  }

  /** Sockets hand their bytes to the kernel at once, unless the collector is slow. */
  flush(): void {}

  close(): void {
    this.carrier.close();
  }
}

/** Where a stream socket leads: a path, or host and port. */
type Address = { path: string } | { host: string; port: number };

function connectStream(address: Address): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(address);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

/** A stream that is connected again after a failure, at most once a second. */
class StreamCarrier implements Carrier {
  private readonly address: Address;
  private readonly preamble: string;
  private socket: net.Socket | undefined;
  private retry: NodeJS.Timeout | undefined;
  private closed: boolean;

  constructor(address: Address, socket: net.Socket, preamble: string) {
    this.address = address;
    this.preamble = preamble;
    this.retry = undefined;
    this.closed = false;
    this.adopt(socket);
  }

  send(line: string): boolean {
    const socket = this.socket;
    if (socket === undefined || socket.writableLength > WAITING_BYTES_MAX) return false;
    socket.write(line);
    return true;
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.retry);
    this.socket?.end();
  }

  private adopt(socket: net.Socket): void {
    this.socket = socket;
    socket.unref();
    socket.resume();
    socket.on('error', () => {});
    socket.on('close', () => {
      this.socket = undefined;
      this.reconnectLater();
    });
    if (this.preamble !== '') socket.write(this.preamble);
  }

  private reconnectLater(): void {
    if (this.closed) return;
    this.retry = setTimeout(() => {
      connectStream(this.address).then(
        (socket) => this.adopt(socket),
        () => this.reconnectLater(),
      );
    }, RECONNECT_MS);
    this.retry.unref();
  }
}

class UdpCarrier implements Carrier {
  private readonly socket: dgram.Socket;
  private readonly host: string;
  private readonly port: number;

  constructor(host: string, port: number) {
    this.host = host;
    this.port = port;
    this.socket = dgram.createSocket(host.includes(':') ? 'udp6' : 'udp4');
    this.socket.on('error', () => {});
    this.socket.unref();
  }

  send(line: string): boolean {
    this.socket.send(line, this.port, this.host, () => {});
    return true;
  }

  close(): void {
    this.socket.close();
  }
}

/** Lines into the standard input of the `logger` program. */
class LoggerProgram implements Carrier {
  private readonly child: ChildProcess;

  constructor(child: ChildProcess) {
    this.child = child;
    child.unref();
    child.stdin?.on('error', () => {});
  }

  send(line: string): boolean {
    const stdin = this.child.stdin;
    if (!stdin?.writable || stdin.writableLength > WAITING_BYTES_MAX) return false;
    stdin.write(line);
    return true;
  }

  close(): void {
    this.child.stdin?.end();
  }
}

function startLoggerProgram(id: SyslogIdentity): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      'logger',
      ['--prio-prefix', '-p', 'daemon.notice', '-t', id.tag, `--id=${id.pid}`],
      { stdio: ['pipe', 'ignore', 'ignore'] },
    );
    child.once('error', reject);
    child.once('spawn', () => resolve(child));
  });
}

/** The machine's own syslog. Throws nats-server's text when there is none. */
export async function openLocalSyslog(
  id: SyslogIdentity,
  paths: readonly string[] = LOCAL_PATHS,
): Promise<LogOutput> {
  let datagram = false;
  for (const path of paths) {
    try {
      const socket = await connectStream({ path });
      return new SyslogOutput(encodeLocal(id, DAEMON), new StreamCarrier({ path }, socket, ''));
    } catch (error) {
      // EPROTOTYPE: somebody listens there, for datagrams.
      datagram ||= (error as NodeJS.ErrnoException).code === 'EPROTOTYPE';
    }
  }
  if (existsSync(JOURNAL_PATH)) {
    const preamble = `${id.tag}\n\n5\n1\n0\n0\n0\n`;
    const socket = await connectStream({ path: JOURNAL_PATH }).catch(() => undefined);
    if (socket !== undefined) {
      const carrier = new StreamCarrier({ path: JOURNAL_PATH }, socket, preamble);
      return new SyslogOutput(encodeJournal, carrier);
    }
  }
  if (datagram) {
    const child = await startLoggerProgram(id).catch(() => undefined);
    if (child !== undefined) {
      const encode: Encode = (level, text) => `<${DAEMON | severityOf[level]}>${text}\n`;
      return new SyslogOutput(encode, new LoggerProgram(child));
    }
  }
  throw new Error('error connecting to syslog: "Unix syslog delivery error"');
}

const dialReasons: Record<string, string> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ETIMEDOUT: 'connect: connection timed out',
  ENOENT: 'connect: no such file or directory',
  EACCES: 'connect: permission denied',
  EPROTOTYPE: 'connect: protocol wrong type for socket',
};

function dialError(network: string, address: string, error: unknown): Error {
  const { code, syscall, hostname } = error as NodeJS.ErrnoException & { hostname?: string };
  const reason =
    syscall === 'getaddrinfo'
      ? `lookup ${hostname}: no such host`
      : (dialReasons[code ?? ''] ?? String(code));
  const where = syscall === 'getaddrinfo' ? network : `${network} ${address}`;
  return new Error(`error connecting to syslog: ${goQuote(`dial ${where}: ${reason}`)}`);
}

/** `udp://host:port`, `tcp://host:port` or `unix:///path`. Throws nats-server's text. */
export async function openRemoteSyslog(address: string, id: SyslogIdentity): Promise<LogOutput> {
  const match = /^([A-Za-z][A-Za-z0-9+.-]*):(?:\/\/([^/]*))?(.*)$/.exec(address);
  const network = match?.[1]?.toLowerCase() ?? '';
  if (network === 'unix') return openUnix(match?.[3] ?? '', id);
  if (network !== 'udp' && network !== 'tcp') {
    throw new Error(`error invalid network type: ${goQuote(network)}`);
  }
  const authority = match?.[2] ?? '';
  const fail = (reason: string) =>
    new Error(`error connecting to syslog: ${goQuote(`dial ${network}: ${reason}`)}`);
  if (authority === '') throw fail('missing address');
  const target = /^(?:\[([^\]]+)\]|([^:]*)):(\d+)$/.exec(authority);
  if (target === null) throw fail(`address ${authority}: missing port in address`);
  const host = target[1] ?? (target[2] || 'localhost');
  const port = Number(target[3]);
  if (port > 65535) throw fail(`address ${target[3]}: invalid port`);
  if (network === 'udp') return new SyslogOutput(encodeRemote(id), new UdpCarrier(host, port));
  try {
    const socket = await connectStream({ host, port });
    return new SyslogOutput(encodeRemote(id), new StreamCarrier({ host, port }, socket, ''));
  } catch (error) {
    throw dialError(network, authority, error);
  }
}

async function openUnix(path: string, id: SyslogIdentity): Promise<LogOutput> {
  try {
    const socket = await connectStream({ path });
    return new SyslogOutput(encodeLocal(id, 0), new StreamCarrier({ path }, socket, ''));
  } catch (error) {
    throw dialError('unix', path, error);
  }
}
