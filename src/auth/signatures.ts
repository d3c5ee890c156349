/**
 * Signatures as they stand in CONNECT: base64 as Go's decoders take it. What proves that a client
 * owns an nkey is its signature of the nonce in INFO.
 */
import { verifySignature } from './nkeys.ts';

/** Signatures have 88 characters; Go's decoder takes line ends besides, which nobody sends. */
const textMax = 256;

/** Base64url without padding; undefined for anything else. */
export function decodeRawUrl(text: string): Buffer | undefined {
  if (text.length > textMax || text.length % 4 === 1 || !/^[\w-]*$/.test(text)) return undefined;
  return Buffer.from(text, 'base64url');
}

/** Base64 with padding; undefined for anything else. */
function decodePadded(text: string): Buffer | undefined {
  if (text.length > textMax || text.length % 4 !== 0) return undefined;
  return /^[A-Za-z0-9+/]*={0,2}$/.test(text) ? Buffer.from(text, 'base64') : undefined;
}

/** A signature by a user: base64url without padding or base64 with padding, as nats-server. */
export function decodeSignature(text: string): Buffer | undefined {
  return decodeRawUrl(text) ?? decodePadded(text);
}

/** Did the owner of `nkey` sign `nonce`? */
export function signedNonce(nkey: string, nonce: string, signature: string): boolean {
  if (nonce === '' || signature === '') return false;
  const bytes = decodeSignature(signature);
  return bytes !== undefined && verifySignature(nkey, Buffer.from(nonce), bytes);
}
