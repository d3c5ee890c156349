/** Messages that the server makes, in the shape of those that arrive. */
import { InboundMsg } from '../wire/inbound-msg.ts';

/** A canonical message as if it had arrived on the wire. */
export function buildMsg(
  subject: string,
  reply: string,
  payload: Buffer,
  header: Buffer | undefined,
): InboundMsg {
  const headerSize = header === undefined ? -1 : header.length;
  const size = payload.length + (header?.length ?? 0);
  const sizes = header === undefined ? `${size}` : `${headerSize} ${size}`;
  const line = `${subject} ${reply === '' ? '' : `${reply} `}${sizes}\r\n`;
  const parts = [Buffer.from(line, 'latin1'), header ?? empty, payload, lineEnd];
  const msg = new InboundMsg();
  msg.buffer = Buffer.concat(parts);
  msg.view = new DataView(msg.buffer.buffer, msg.buffer.byteOffset, msg.buffer.length);
  msg.subjectEnd = subject.length;
  msg.replyStart = subject.length + 1;
  msg.replyEnd = msg.replyStart + reply.length;
  msg.headerSize = headerSize;
  msg.size = size;
  msg.sizesEnd = line.length - 2;
  msg.sizesStart = msg.sizesEnd - sizes.length;
  msg.tailStart = subject.length + 1;
  msg.payloadStart = line.length;
  msg.end = line.length + size + 2;
  return msg;
}

const empty = Buffer.alloc(0);
/** CRLF and the slack of short copies. */
const lineEnd = Buffer.from('\r\n\0\0\0\0\0\0\0\0', 'latin1');
