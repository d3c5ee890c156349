/** The oracle: whatever a client sends, what the server answers must be legal protocol. */
import { splitFrames } from '../conformance/frames.ts';

const errorLine = /^-ERR '[^\r\n]*'\r\n$/;
const message = /^MSG [^ \t\n]+ [^ \t\n]+ ([^ \t\n]* )?(\d{1,9})\r\n([\s\S]*)\r\n$/;
const headerMessage =
  /^HMSG [^ \t\n]+ [^ \t\n]+ ([^ \t\n]* )?(\d{1,9}) (\d{1,9})\r\n([\s\S]*)\r\n$/;

function legalInfo(frame: string): boolean {
  try {
    const info = JSON.parse(frame.slice(5)) as Record<string, unknown>;
    return typeof info.server_id === 'string' && typeof info.max_payload === 'number';
  } catch {
    return false;
  }
}

function legalFrame(frame: string): boolean {
  if (frame === '+OK\r\n' || frame === 'PING\r\n' || frame === 'PONG\r\n') return true;
  if (frame.startsWith('INFO ')) return frame.endsWith('\r\n') && legalInfo(frame);
  if (frame.startsWith('-ERR')) return errorLine.test(frame);
  const plain = message.exec(frame);
  if (plain) return plain[3]?.length === Number(plain[2]);
  const headed = headerMessage.exec(frame);
  return (
    headed !== null &&
    headed[4]?.length === Number(headed[3]) &&
    Number(headed[2]) <= Number(headed[3])
  );
}

/** The first thing wrong with what a client connection received; undefined when all is legal. */
export function illegalOutput(received: string): string | undefined {
  if (received === '') return undefined;
  const { frames, rest } = splitFrames(received);
  if (frames.length === 0 || !frames[0]?.startsWith('INFO '))
    return `no INFO first: ${JSON.stringify(received.slice(0, 200))}`;
  const bad = frames.find((frame) => !legalFrame(frame));
  if (bad !== undefined) return `illegal frame: ${JSON.stringify(bad.slice(0, 300))}`;
  const start = /^(INFO|MSG|HMSG|-ERR|\+OK|PING|PONG)/;
  if (rest.length > 4 && !start.test(rest))
    return `illegal rest: ${JSON.stringify(rest.slice(0, 300))}`;
  return undefined;
}

/** The same for the monitoring port: an HTTP response, or nothing. */
export function illegalHttp(received: string): string | undefined {
  if (received === '' || /^HTTP\/1\.[01] [1-5]\d\d [^\r\n]*\r\n/.test(received)) return undefined;
  if ('HTTP/1.1 200'.startsWith(received)) return undefined;
  return `not HTTP: ${JSON.stringify(received.slice(0, 200))}`;
}
