/** Close frames: their payload, which statuses may be sent, and the answer to one. */
import { isUtf8 } from 'node:buffer';
import { controlPayloadMax } from './frame-reader.ts';

export const closeStatuses = {
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  noStatus: 1005,
  invalidPayload: 1007,
  policyViolation: 1008,
  tooBig: 1009,
  internalError: 1011,
  tlsHandshake: 1015,
} as const;

/** Status and reason; what does not fit a control frame ends in dots. */
export function encodeClose(status: number, reason: string): Buffer {
  const max = controlPayloadMax - 2;
  let text = Buffer.from(reason, 'utf8');
  if (text.length > max) {
    text = Buffer.concat([text.subarray(0, max - 3), Buffer.from('...')]);
  }
  const payload = Buffer.allocUnsafe(2 + text.length);
  payload.writeUInt16BE(status, 0);
  text.copy(payload, 2);
  return payload;
}

const reserved = new Set([1004, 1005, 1006, 1015]);

function isValidStatus(status: number): boolean {
  if (reserved.has(status) || status < 1000 || status >= 5000) return false;
  return status < 1016 || status >= 3000;
}

/** What to answer a close frame with, or what is wrong with it. */
export function answerClose(payload: Buffer): { reply: Buffer } | { problem: string } {
  if (payload.length === 0) return { reply: Buffer.alloc(0) };
  if (payload.length === 1) return { problem: 'close frame payload cannot be 1 byte' };
  const status = payload.readUInt16BE(0);
  if (!isValidStatus(status)) return { problem: `invalid close status code ${status}` };
  if (!isUtf8(payload.subarray(2))) {
    return { reply: encodeClose(closeStatuses.invalidPayload, 'invalid utf8 body in close frame') };
  }
  return { reply: Buffer.from(payload) };
}
