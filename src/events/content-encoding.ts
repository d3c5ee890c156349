/** Compressed answers: what the request accepts, Snappy (which S2 readers read) before gzip. */
import { gzipSync } from 'node:zlib';
import { encodeSnappyStream } from '../codec/s2-stream.ts';
import { headerValue } from '../deliver/message-header.ts';

export type ContentEncoding = 'snappy' | 'gzip' | 'identity';

/** Undefined when the request says nothing; `identity` for what is not known. */
export function acceptedEncoding(header: Buffer | undefined): ContentEncoding | undefined {
  return header && encodingOf(headerValue(header, 'Accept-Encoding') ?? '');
}

/** The same for the header's value. */
export function encodingOf(value: string): ContentEncoding | undefined {
  const accepted = value.toLowerCase();
  if (accepted === '') return undefined;
  if (accepted.includes('snappy') || accepted.includes('s2')) return 'snappy';
  return accepted.includes('gzip') ? 'gzip' : 'identity';
}

export function encodeContent(payload: Buffer, encoding: ContentEncoding): Buffer {
  if (encoding === 'snappy') return encodeSnappyStream(payload);
  return encoding === 'gzip' ? gzipSync(payload) : payload;
}

export function encodingHeader(encoding: ContentEncoding): Buffer {
  return Buffer.from(`NATS/1.0\r\nContent-Encoding: ${encoding}\r\n\r\n`, 'latin1');
}
