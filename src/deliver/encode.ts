/**
 * Hot: appends one MSG or HMSG to a connection's outbound buffer. Budget: no allocation, two copies
 * (the run `subject sid ` and the tail). Guarded by the bench rows 1:1 and 1:4.
 *
 * `appendCanonical` is the fast path: the inbound line's tail (`[reply ]sizes CRLF payload CRLF`)
 * is what the outbound line ends in. `appendGeneral` builds every part and is its reference: the
 * property test demands the same bytes of both.
 */
import { arenaCopy, arenaCopyMax } from '../base/arena.ts';
import type { Outbound } from '../connection/outbound.ts';
import { earlyFlush } from '../connection/outbound.ts';
import type { Members } from '../subject/route.ts';
import type { Subscription } from '../subject/subscription.ts';
import type { InboundMsg } from '../wire/inbound-msg.ts';
import { copyShort, shortCopyMax } from './copy.ts';

/** 'MSG ' as a big-endian number. */
const msgWord = 0x4d534720;
const letterH = 0x48;
const space = 0x20;

/** Appends the message for member `at`; the members' runs must not be stale. */
export function appendCanonical(
  out: Outbound,
  members: Members,
  at: number,
  msg: InboundMsg,
): void {
  const runStart = members.offsets[at]!;
  const runLength = members.offsets[at + 1]! - runStart;
  const tailLength = msg.end - msg.tailStart;
  const need = 5 + runLength + tailLength;
  if (out.limit - out.pos < need) out.makeRoom(need);
  let pos = out.pos;
  const view = out.view;
  if (msg.headerSize >= 0) view.setUint8(pos++, letterH);
  view.setInt32(pos, msgWord);
  pos += 4;
  copyShort(view, pos, members.runsView, runStart, runLength);
  pos += runLength;
  copyTail(out, pos, msg, tailLength);
  out.pos = pos + tailLength;
  if (!out.dirty) out.markDirty();
  if (out.pos >= earlyFlush) out.flush();
}

/** Copies the tail of the inbound message to `pos`, in the arena when both ends lie there. */
function copyTail(out: Outbound, pos: number, msg: InboundMsg, length: number): void {
  if (out.base >= 0 && msg.base >= 0 && length <= arenaCopyMax) {
    arenaCopy(out.base + pos, msg.base + msg.tailStart, length);
  } else if (length <= shortCopyMax) {
    copyShort(out.view, pos, msg.view, msg.tailStart, length);
  } else {
    msg.buffer.copy(out.buffer, pos, msg.tailStart, msg.end);
  }
}

/** Appends the message in the general way. `withHeader` false strips the header block. */
export function appendGeneral(
  out: Outbound,
  sub: Subscription,
  msg: InboundMsg,
  withHeader: boolean,
): void {
  const { sid } = sub;
  const shown = sub.imported === null ? '' : sub.imported.localSubject(msg.subject());
  const strip = msg.headerSize >= 0 && !withHeader;
  const payloadStart = strip ? msg.payloadStart + msg.headerSize : msg.payloadStart;
  const need =
    sid.length +
    msg.end -
    payloadStart +
    (shown.length + msg.subjectEnd - msg.subjectStart) +
    (msg.replyEnd - msg.replyStart) +
    48;
  if (out.limit - out.pos < need) out.makeRoom(need);
  const { buffer } = out;
  let pos = out.pos;
  if (msg.headerSize >= 0 && withHeader) buffer[pos++] = letterH;
  out.view.setInt32(pos, msgWord);
  pos += 4;
  if (shown !== '') pos += buffer.latin1Write(shown, pos);
  else pos += msg.buffer.copy(buffer, pos, msg.subjectStart, msg.subjectEnd);
  buffer[pos++] = space;
  pos += buffer.latin1Write(sid, pos);
  buffer[pos++] = space;
  if (msg.replyEnd > msg.replyStart) {
    pos += msg.buffer.copy(buffer, pos, msg.replyStart, msg.replyEnd);
    buffer[pos++] = space;
  }
  pos += buffer.latin1Write(strip ? `${msg.size - msg.headerSize}` : sizesOf(msg), pos);
  buffer[pos++] = 0x0d;
  buffer[pos++] = 0x0a;
  pos += msg.buffer.copy(buffer, pos, payloadStart, msg.end);
  out.pos = pos;
  if (!out.dirty) out.markDirty();
  if (out.pos >= earlyFlush) out.flush();
}

/** `hdr total` or `size`, digits as the publisher wrote them. */
function sizesOf(msg: InboundMsg): string {
  const text = msg.buffer.latin1Slice(msg.sizesStart, msg.sizesEnd);
  return msg.headerSize >= 0 ? text.replace(/[ \t]+/, ' ') : text;
}
