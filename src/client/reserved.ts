/** Hot: subjects that belong to the servers. Almost every subject is sorted out by its first byte. */

const underscore = 0x5f;
const dollar = 0x24;

/** Starts with the prefix and has `more` bytes behind it. */
function startsWith(
  buffer: Uint8Array,
  start: number,
  end: number,
  prefix: string,
  more = 1,
): boolean {
  if (end - start < prefix.length + more) return false;
  for (let i = 0; i < prefix.length; i++) {
    if (buffer[start + i] !== prefix.charCodeAt(i)) return false;
  }
  return true;
}

/** `_GR_.` and `$GR.` are gateway replies; `$NRG.` is Raft's, for the system account only. */
export function isReservedPublish(
  buffer: Uint8Array,
  start: number,
  end: number,
  inSystemAccount: boolean,
): boolean {
  const first = buffer[start];
  if (first === underscore) return startsWith(buffer, start, end, '_GR_.');
  if (first !== dollar) return false;
  if (startsWith(buffer, start, end, '$GR.')) return true;
  return !inSystemAccount && startsWith(buffer, start, end, '$NRG.', 0);
}

/** A client may not choose replies of service imports, JetStream acks or gateways. */
export function isReservedReply(buffer: Uint8Array, start: number, end: number): boolean {
  const first = buffer[start];
  if (first === underscore) {
    return startsWith(buffer, start, end, '_R_.', 0) || startsWith(buffer, start, end, '_GR_.');
  }
  if (first !== dollar) return false;
  return startsWith(buffer, start, end, '$JS.ACK.') || startsWith(buffer, start, end, '$GR.');
}
