/**
 * Hot: turns the bytes of a client connection into operations. Budget: no allocation and no copy
 * per message, except for a message cut by a chunk border. Guarded by the bench rows publish only.
 *
 * Bytes are parsed where they arrived: dispatch on the first bytes, arguments are offsets. What is
 * left of an unfinished line or small message is kept (`rest`) and put in front of the next chunk,
 * into the headroom of the read area; an unfinished big message is collected in a buffer of its
 * exact size (`big`). So every operation is parsed from contiguous bytes, and the result cannot
 * depend on where the stream was cut.
 *
 * Faithful to nats-server's state machine in the odd cases: operations in any case, junk behind
 * PING/PONG/+OK up to LF, the first byte behind `PUB ` belongs to the argument whatever it is, a
 * CR anywhere in a line drops the byte before LF, a wrong byte in an operation's name fails at once.
 */
import type { InboundMsg } from './inbound-msg.ts';
import { currentMsg, messageOperations, readMessageArguments } from './message-arguments.ts';

export { parseSize } from './message-arguments.ts';

/** What the parser tells its connection. Ranges refer to `buffer` and die with the call. */
export interface ClientOperations {
  /** True until a needed CONNECT was accepted: every other operation goes to `onGate` first. */
  awaitingAuth: boolean;
  /** Set by any callback that closed the connection: parsing stops. */
  closed: boolean;
  /** Set by onConnect and onGate while an answer is awaited: parsing stops until `resume`. */
  suspended: boolean;
  maxControlLine: number;
  /** -1: unlimited. */
  maxPayload: number;
  headers: boolean;
  traceIn: boolean;
  /**
   * An operation other than CONNECT came first; returns false when it is refused (and closed), or
   * when the answer is awaited (`suspended`): it is parsed again then.
   */
  onGate(): boolean;
  onConnect(buffer: Buffer, start: number, end: number): void;
  onInfo(buffer: Buffer, start: number, end: number): void;
  onPing(): void;
  onPong(): void;
  onSub(buffer: Buffer, start: number, end: number): void;
  onUnsub(buffer: Buffer, start: number, end: number): void;
  /** The control line of a message is complete; its payload may not be. False: refused. */
  onMessageLine(msg: InboundMsg): boolean;
  onMessage(msg: InboundMsg): void;
  onPeerError(text: string): void;
  onTrace(operation: string, buffer: Buffer, start: number, end: number): void;
  /** Not an operation, or a payload that does not end in CRLF. `at` is the offending byte. */
  onUnknownOperation(buffer: Buffer, at: number, end: number): void;
  onControlLineExceeded(buffer: Buffer, start: number, end: number): void;
  /** A line of a known operation that cannot be understood; closes without -ERR. */
  onMalformed(operation: string, reason: string, buffer: Buffer, start: number, end: number): void;
}

/** The place where sockets deliver: bytes start at `headroom`, which is free for what was left. */
export interface ReadBuffer {
  readonly buffer: Buffer;
  readonly view: DataView;
  /** Where `buffer` lies in the arena (base/arena.ts); -1 or absent outside. */
  readonly base?: number;
  readonly headroom: number;
}

const SP = 0x20;
const TAB = 0x09;
const CR = 0x0d;
const LF = 0x0a;
/** Messages longer than this are collected in a buffer of their own when they are cut. */
const bigMessage = 8 * 1024;
/** Room behind parsed bytes: one sentinel byte, and reads of 4 bytes at a time. */
export const parseSlack = 16;

const msg = currentMsg;

/** Operation names behind their first letter, as they must continue. */
const names: Record<number, readonly (readonly [string, number])[]> = {};
const { pub: PUB, hpub: HPUB, hmsg: HMSG } = messageOperations;
const SUB = 4;
const UNSUB = 5;
const PING = 6;
const PONG = 7;
const CONNECT = 8;
const INFO = 9;
const OK = 10;
const ERR = 11;
for (const [name, op] of [
  ['PUB', PUB],
  ['HPUB', HPUB],
  ['HMSG', HMSG],
  ['SUB', SUB],
  ['UNSUB', UNSUB],
  ['PING', PING],
  ['PONG', PONG],
  ['CONNECT', CONNECT],
  ['INFO', INFO],
  ['+OK', OK],
  ['-ERR', ERR],
] as const) {
  const key = name.charCodeAt(0);
  names[key] = [...(names[key] ?? []), [name, op]];
}
const operationNames = [
  '',
  'PUB',
  'HPUB',
  'HMSG',
  'SUB',
  'UNSUB',
  'PING',
  'PONG',
  'CONNECT',
  'INFO',
  '+OK',
  '-ERR',
];

/** Results of parseOne beside an offset. */
const needMore = -1;
const stop = -2;

export class ClientParser {
  private readonly to: ClientOperations;
  /** Unparsed bytes of the last chunk. */
  private rest: Buffer | null = null;
  /** A big message being collected: its bytes so far, of `bigSize`. */
  private big: Buffer | null = null;
  private bigFilled = 0;
  private bigSize = 0;
  /** The line of the unfinished message was already checked and reported. */
  private lineDone = false;

  constructor(to: ClientOperations) {
    this.to = to;
  }

  /** Bytes held for this connection between chunks. */
  get heldBytes(): number {
    return (this.rest?.length ?? 0) + (this.big?.length ?? 0);
  }

  /** Parses `count` new bytes standing at the headroom of `area`. */
  parse(area: ReadBuffer, count: number): void {
    let start = area.headroom;
    const end = start + count;
    if (this.big !== null) {
      start = this.fillBig(area.buffer, start, end);
      if (this.big !== null || start === end) return;
    }
    const rest = this.rest;
    if (rest === null) {
      this.run(area.buffer, area.view, area.base ?? -1, start, end);
      return;
    }
    this.rest = null;
    if (this.to.suspended || rest.length > area.headroom) {
      this.runCopy(
        Buffer.concat([rest, area.buffer.subarray(start, end), Buffer.alloc(parseSlack)]),
      );
      return;
    }
    start -= rest.length;
    rest.copy(area.buffer, start);
    this.run(area.buffer, area.view, area.base ?? -1, start, end);
  }

  /** Goes on with what was kept while the connection was suspended. */
  resume(): void {
    const rest = this.rest;
    if (rest === null) return;
    this.rest = null;
    this.runCopy(Buffer.concat([rest, Buffer.alloc(parseSlack)]));
  }

  private runCopy(copy: Buffer): void {
    const view = new DataView(copy.buffer, copy.byteOffset, copy.length);
    this.run(copy, view, -1, 0, copy.length - parseSlack);
  }

  private run(buffer: Buffer, view: DataView, base: number, from: number, end: number): void {
    const to = this.to;
    // The sentinel ends every scan for a token or line inside the buffer.
    buffer[end] = 0;
    msg.buffer = buffer;
    msg.view = view;
    msg.base = base;
    let at = from;
    while (at < end) {
      if (to.closed) return;
      if (to.suspended) {
        this.keep(buffer, at, end);
        return;
      }
      // 'PUB ' in upper case, the one that is worth a shortcut.
      const next =
        view.getInt32(at) === 0x50554220 && !to.awaitingAuth && !this.lineDone && at + 4 < end
          ? this.parsePub(buffer, at, end)
          : this.parseOne(buffer, at, end);
      if (next < 0) return;
      at = next;
    }
  }

  /** One operation at `at`; returns where the next begins, or needMore/stop. */
  private parseOne(buffer: Buffer, at: number, end: number): number {
    const to = this.to;
    const first = buffer[at]! & ~(buffer[at]! >= 0x61 ? 0x20 : 0);
    if (first !== 0x43 && to.awaitingAuth && !to.onGate()) {
      return to.suspended ? this.keepFrom(buffer, at, end) : stop;
    }
    const candidates = names[first];
    if (candidates === undefined) return this.unknown(buffer, at, end);
    for (const [name, op] of candidates) {
      const matched = matchName(buffer, at, end, name);
      if (matched === name.length) return this.parseArgument(op, name, buffer, at, end);
      if (matched < 0) return this.keepFrom(buffer, at, end);
    }
    let longest = 1;
    for (const [name] of candidates) {
      longest = Math.max(longest, matchName(buffer, at, end, name));
    }
    return this.unknown(buffer, at + longest, end);
  }

  private parseArgument(op: number, name: string, buffer: Buffer, at: number, end: number): number {
    let from = at + name.length;
    if (op === PING || op === PONG || op === OK) return this.parseBare(op, buffer, at, from, end);
    if (from === end) return this.keepFrom(buffer, at, end);
    // CONNECT and INFO may be followed by their argument at once; the others need a blank.
    if (op !== CONNECT && op !== INFO && buffer[from] !== SP && buffer[from] !== TAB) {
      return this.unknown(buffer, from, end);
    }
    while (from < end && (buffer[from] === SP || buffer[from] === TAB)) from++;
    if (from === end) {
      // Blanks may go on for ever: one is enough to keep.
      this.rest = Buffer.from(`${name} `, 'latin1');
      return needMore;
    }
    let lf = from + 1;
    let sawCr = 0;
    while (lf < end && buffer[lf] !== LF) {
      if (buffer[lf] === CR) sawCr = 1;
      lf++;
    }
    if (lf >= end) return this.unfinishedLine(name, buffer, from, end, sawCr);
    const lineEnd = Math.max(from, lf - sawCr);
    return this.dispatch(op, name, buffer, at, from, lineEnd, lf, end);
  }

  private unfinishedLine(
    name: string,
    buffer: Buffer,
    from: number,
    end: number,
    sawCr: number,
  ): number {
    // A CR is not counted, so that a cut before LF refuses no line that is just short enough.
    if (end - from - sawCr > this.to.maxControlLine) {
      this.to.onControlLineExceeded(buffer, from, end);
      return stop;
    }
    const kept = Buffer.allocUnsafe(name.length + 1 + end - from);
    kept.write(name, 0, 'latin1');
    kept[name.length] = SP;
    buffer.copy(kept, name.length + 1, from, end);
    this.rest = kept;
    return needMore;
  }

  /** PING, PONG and +OK end at LF; what stands between is ignored and not kept. */
  private parseBare(op: number, buffer: Buffer, at: number, from: number, end: number): number {
    let lf = from;
    while (lf < end && buffer[lf] !== LF) lf++;
    if (lf >= end) {
      this.rest = Buffer.from(buffer.subarray(at, from));
      return needMore;
    }
    const to = this.to;
    if (op === PING) {
      if (to.traceIn) to.onTrace('PING', buffer, 0, -1);
      to.onPing();
    } else if (op === PONG) {
      if (to.traceIn) to.onTrace('PONG', buffer, 0, -1);
      to.onPong();
    }
    return lf + 1;
  }

  private dispatch(
    op: number,
    name: string,
    buffer: Buffer,
    at: number,
    from: number,
    lineEnd: number,
    lf: number,
    end: number,
  ): number {
    const to = this.to;
    if (lineEnd - from > to.maxControlLine) {
      to.onControlLineExceeded(buffer, from, lineEnd);
      return stop;
    }
    if (op === PUB || op === HPUB || op === HMSG) {
      return this.parseMessageLine(op, buffer, at, from, lineEnd, lf, end);
    }
    if (to.traceIn && op !== INFO && op !== ERR) to.onTrace(name, buffer, from, lineEnd);
    if (op === SUB) to.onSub(buffer, from, lineEnd);
    else if (op === UNSUB) to.onUnsub(buffer, from, lineEnd);
    else if (op === CONNECT) to.onConnect(buffer, from, lineEnd);
    else if (op === INFO) to.onInfo(buffer, from, lineEnd);
    else to.onPeerError(buffer.latin1Slice(from, lineEnd));
    return lf + 1;
  }

  // ---- messages ----

  /**
   * `PUB subject [reply] size` with single blanks and CRLF, the form every client sends; anything
   * else falls back to parseOne, which does it all again the long way.
   */
  private parsePub(buffer: Buffer, at: number, end: number): number {
    const subjectStart = at + 4;
    let i = subjectStart;
    while (buffer[i]! > SP) i++;
    const subjectEnd = i;
    if (buffer[i] !== SP || i === subjectStart) return this.parseOne(buffer, at, end);
    let tokenStart = ++i;
    const tail = tokenStart;
    while (buffer[i]! > SP) i++;
    if (i === tokenStart) return this.parseOne(buffer, at, end);
    let replyEnd = tail;
    if (buffer[i] === SP) {
      replyEnd = i;
      tokenStart = ++i;
      while (buffer[i]! > SP) i++;
    }
    const digits = i - tokenStart;
    if (buffer[i] !== CR || buffer[i + 1] !== LF || digits === 0 || digits > 9) {
      return this.parseOne(buffer, at, end);
    }
    let size = 0;
    for (let d = tokenStart; d < i; d++) {
      const digit = buffer[d]! - 0x30;
      if (digit < 0 || digit > 9) return this.parseOne(buffer, at, end);
      size = size * 10 + digit;
    }
    const to = this.to;
    const payloadStart = i + 2;
    if (
      payloadStart > end ||
      i - subjectStart > to.maxControlLine ||
      to.traceIn ||
      payloadStart + size + 2 > end
    ) {
      return this.parseOne(buffer, at, end);
    }
    msg.subjectStart = subjectStart;
    msg.subjectEnd = subjectEnd;
    msg.replyStart = tail;
    msg.replyEnd = replyEnd;
    msg.headerSize = -1;
    msg.size = size;
    msg.sizesStart = tokenStart;
    msg.sizesEnd = i;
    msg.tailStart = tail;
    msg.payloadStart = payloadStart;
    msg.end = payloadStart + size + 2;
    if (!to.onMessageLine(msg)) return stop;
    return this.finishMessage(buffer, end);
  }

  private parseMessageLine(
    op: number,
    buffer: Buffer,
    at: number,
    from: number,
    lineEnd: number,
    lf: number,
    end: number,
  ): number {
    const to = this.to;
    if (to.traceIn && !this.lineDone && op !== HMSG) {
      to.onTrace(operationNames[op]!, buffer, from, lineEnd);
    }
    if (!readMessageArguments(op, this.to, buffer, from, lineEnd)) return stop;
    msg.payloadStart = lf + 1;
    msg.end = lf + 1 + msg.size + 2;
    msg.arrivedEnd = end;
    // Canonical: the line ends in CRLF right behind the sizes, blanks are single.
    if (msg.sizesEnd !== lf - 1 || buffer[lf - 1] !== CR) msg.tailStart = -1;
    if (op !== HMSG && !this.lineDone && !to.onMessageLine(msg)) return stop;
    if (msg.end <= end) {
      this.lineDone = false;
      return this.finishMessage(buffer, end);
    }
    // Fail early where the end is already wrong, as the state machine would.
    const crAt = msg.payloadStart + msg.size;
    if (crAt < end && buffer[crAt] !== CR) return this.unknown(buffer, crAt, end);
    this.lineDone = true;
    return this.keepMessage(buffer, at, end);
  }

  private finishMessage(buffer: Buffer, end: number): number {
    const next = msg.end;
    if (buffer[next - 2] !== CR) return this.unknown(buffer, next - 2, end);
    if (buffer[next - 1] !== LF) return this.unknown(buffer, next - 1, end);
    this.to.onMessage(msg);
    return next;
  }

  private keepMessage(buffer: Buffer, at: number, end: number): number {
    const total = msg.end - at;
    if (total <= bigMessage) return this.keepFrom(buffer, at, end);
    this.big = Buffer.allocUnsafeSlow(total + parseSlack);
    this.bigSize = total;
    this.bigFilled = buffer.copy(this.big, 0, at, end);
    return needMore;
  }

  /** Adds chunk bytes to the big message; parses it when complete. Returns where the chunk goes on. */
  private fillBig(buffer: Buffer, start: number, end: number): number {
    const big = this.big!;
    const take = Math.min(this.bigSize - this.bigFilled, end - start);
    buffer.copy(big, this.bigFilled, start, start + take);
    this.bigFilled += take;
    const last = this.bigSize - 2;
    const wrongEnd = this.bigFilled > last && big[last] !== CR;
    if (this.bigFilled < this.bigSize && !wrongEnd) return end;
    this.big = null;
    const view = new DataView(big.buffer, big.byteOffset, big.length);
    this.run(big, view, -1, 0, this.bigFilled);
    return this.to.closed ? end : start + take;
  }

  // ---- the ends ----

  private unknown(buffer: Buffer, at: number, end: number): number {
    this.to.onUnknownOperation(buffer, at, end);
    return stop;
  }

  private keepFrom(buffer: Buffer, at: number, end: number): number {
    this.keep(buffer, at, end);
    return needMore;
  }

  private keep(buffer: Buffer, at: number, end: number): void {
    this.rest = Buffer.from(buffer.subarray(at, end));
  }
}

/** How many bytes of `name` stand at `at` in any case; -1 when the chunk ends before a mismatch. */
function matchName(buffer: Buffer, at: number, end: number, name: string): number {
  for (let i = 0; i < name.length; i++) {
    if (at + i >= end) return -1;
    const byte = buffer[at + i]!;
    const upper = byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte;
    if (upper !== name.charCodeAt(i)) return i;
  }
  return name.length;
}
