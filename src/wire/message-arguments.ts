/**
 * Hot: the arguments of PUB and HPUB in any form nats-server accepts: blanks and tabs in any number,
 * sizes with leading zeros. The form every client sends has a shortcut in client-parser.ts.
 */
import type { ClientOperations } from './client-parser.ts';
import { InboundMsg } from './inbound-msg.ts';

const SP = 0x20;
const TAB = 0x09;
const LF = 0x0a;

/** What a line of a published message is. */
export const messageOperations = { pub: 1, hpub: 2, hmsg: 3 } as const;

/** The message that is being parsed: one for the process, see InboundMsg. */
export const currentMsg = new InboundMsg();

const tokenStarts = [0, 0, 0, 0];
const tokenEnds = [0, 0, 0, 0];

/** Splits [from, end) at blanks and tabs; returns the number of tokens, 5 for more than 4. */
function splitTokens(buffer: Buffer, from: number, end: number): number {
  let count = 0;
  let at = from;
  while (at < end) {
    if (buffer[at] === SP || buffer[at] === TAB) {
      at++;
      continue;
    }
    if (count === 4) return 5;
    tokenStarts[count] = at;
    while (at < end && buffer[at] !== SP && buffer[at] !== TAB) at++;
    tokenEnds[count] = at;
    count++;
  }
  return count;
}

/** A size: 1 to 9 digits; -1 for anything else (trap T7). */
export function parseSize(buffer: Uint8Array, start: number, end: number): number {
  if (end === start || end - start > 9) return -1;
  let size = 0;
  for (let i = start; i < end; i++) {
    const digit = buffer[i]! - 0x30;
    if (digit < 0 || digit > 9) return -1;
    size = size * 10 + digit;
  }
  return size;
}

/** Fills currentMsg from the line [from, end); false: refused, and the connection was told. */
export function readMessageArguments(
  op: number,
  to: ClientOperations,
  buffer: Buffer,
  from: number,
  end: number,
): boolean {
  if (op === messageOperations.hmsg) {
    // nats-server takes HMSG from a client and ignores its arguments: an empty message to nobody.
    setMessage(from, from, from, from, 0, 0);
    currentMsg.sizesStart = currentMsg.sizesEnd = from;
    currentMsg.tailStart = -1;
    return true;
  }
  const name = op === messageOperations.hpub ? 'processHeaderPub' : 'processPub';
  if (op === messageOperations.hpub && !to.headers) {
    to.onMalformed('', 'message headers not supported', buffer, from, end);
    return false;
  }
  const sizes = op === messageOperations.hpub ? 2 : 1;
  const count = splitTokens(buffer, from, end);
  if (count !== sizes + 1 && count !== sizes + 2) {
    to.onMalformed(name, 'Parse Error', buffer, from, end);
    return false;
  }
  const size = parseSize(buffer, tokenStarts[count - 1]!, tokenEnds[count - 1]!);
  const header =
    op === messageOperations.hpub
      ? parseSize(buffer, tokenStarts[count - 2]!, tokenEnds[count - 2]!)
      : -1;
  if (op === messageOperations.hpub && header < 0) {
    to.onMalformed(name, 'Bad or Missing Header Size', buffer, from, end);
    return false;
  }
  if (size < 0) {
    const what =
      op === messageOperations.hpub ? 'Bad or Missing Total Size' : 'Bad or Missing Size';
    to.onMalformed(name, what, buffer, from, end);
    return false;
  }
  if (header > size) {
    to.onMalformed(name, 'Header Size larger then TotalSize', buffer, from, end);
    return false;
  }
  const hasReply = count === sizes + 2;
  setMessage(
    tokenStarts[0]!,
    tokenEnds[0]!,
    hasReply ? tokenStarts[1]! : tokenEnds[0]!,
    hasReply ? tokenEnds[1]! : tokenEnds[0]!,
    header,
    size,
  );
  // `PUB LF…`: nats-server takes the LF as the subject's first byte, and so lets a publisher break the
  // lines of everybody who listens. Here such a message goes to nobody.
  if (buffer[currentMsg.subjectStart] === LF) currentMsg.subjectEnd = currentMsg.subjectStart;
  // A header of no bytes is no header: the message goes on as PUB would have sent it.
  const noHeader = header === 0;
  if (noHeader) currentMsg.headerSize = -1;
  currentMsg.sizesStart = tokenStarts[count - (noHeader ? 1 : sizes)]!;
  currentMsg.sizesEnd = tokenEnds[count - 1]!;
  currentMsg.tailStart = !noHeader && singleBlanks(count, buffer) ? tokenStarts[1]! : -1;
  return true;
}

function singleBlanks(count: number, buffer: Buffer): boolean {
  for (let i = 1; i < count; i++) {
    if (tokenStarts[i] !== tokenEnds[i - 1]! + 1 || buffer[tokenEnds[i - 1]!] !== SP) return false;
  }
  return true;
}

function setMessage(
  subjectStart: number,
  subjectEnd: number,
  replyStart: number,
  replyEnd: number,
  headerSize: number,
  size: number,
): void {
  currentMsg.subjectStart = subjectStart;
  currentMsg.subjectEnd = subjectEnd;
  currentMsg.replyStart = replyStart;
  currentMsg.replyEnd = replyEnd;
  currentMsg.headerSize = headerSize;
  currentMsg.size = size;
}
