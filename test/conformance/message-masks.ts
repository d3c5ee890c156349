/**
 * What differs from run to run inside messages: reply subjects of service imports, and in JSON (of
 * payloads and of the header Nats-Request-Info) times, ids and measured durations. A size that
 * depends on a masked part is masked too. Everything else of a message is compared byte by byte.
 *
 * Times and server ids are known by their form, wherever they stand; other values by their name.
 */
import { gunzipSync } from 'node:zlib';
import { maskJson } from './mask-json.ts';

type Check = (value: unknown) => boolean;

const whole: Check = (v) => Number.isInteger(v) && (v as number) >= 0;
const amount: Check = (v) => typeof v === 'number' && v >= 0;
const port: Check = (v) => Number.isInteger(v) && (v as number) > 0 && (v as number) < 65_536;

const byForm: [string, RegExp][] = [
  ['server_id', /^N[A-Z2-7]{55}$/],
  ['xkey', /^X[A-Z2-7]{55}$/],
  ['time', /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/],
];

/** By the last part of the path; an array of checks is for values of several types. */
const byName: Record<string, Check> = {
  rtt: (v) => whole(v) || (typeof v === 'string' && /^[\d.]+(n|\u00c2\u00b5|m)?s$/.test(v)),
  service: whole,
  system: whole,
  total: whole,
  cid: whole,
  seq: whole,
  id: (v) => whole(v) || (typeof v === 'string' && /^[0-9A-Za-z]{22}$/.test(v)),
  port,
  cpu: amount,
  mem: whole,
  cores: whole,
  uptime: (v) => typeof v === 'string',
  idle: (v) => typeof v === 'string' && /^\d+s$/.test(v),
  expires: amount,
  // What is queued depends on the moment.
  pending_bytes: whole,
  in_bytes: whole,
  iat: whole,
  jti: (v) => typeof v === 'string' && /^[A-Z2-7]{52}$/.test(v),
  user_nkey: (v) => typeof v === 'string' && /^U[A-Z2-7]{55}$/.test(v),
  nonce: (v) => typeof v === 'string' && /^[\w-]{15}$/.test(v),
  exp: whole,
  out_bytes: whole,
  bytes: whole,
};

/** Of an account and a request; a tracked one ends with the server's hash and a T. */
const replyPattern = /_R_\.[0-9A-Za-z]{6}\.[0-9A-Za-z]{6}(\.[0-9A-Za-z]{8}(?=\.T))?/g;
const maskReplies = (text: string) =>
  text
    .replace(/\$SYS\._INBOX\.[\w-]+\.[\w-]+/g, '$SYS._INBOX.<inbox>')
    .replace(replyPattern, (_, hash?: string) => `_R_.<reply>${hash ? '.<hash>' : ''}`);

function maskValue(path: string, value: unknown): string | undefined {
  if (typeof value === 'string') {
    const form = byForm.find(([, pattern]) => pattern.test(value));
    if (form) return `"<${form[0]}>"`;
  }
  const name = path.slice(path.lastIndexOf('.') + 1);
  const check = Object.hasOwn(byName, name) ? byName[name] : undefined;
  return check?.(value) ? `"<${name}>"` : undefined;
}

/** The events of a trace about receivers come in the order of the receivers. */
function sorted(masked: string): string {
  const events = JSON.parse(masked) as unknown[];
  return `[${events
    .map((event) => JSON.stringify(event))
    .sort()
    .join(',')}]`;
}

function maskJsonText(text: string, unordered = false): string {
  try {
    return maskJson(text, (path, value, masked) =>
      unordered && path === 'events' ? sorted(masked) : maskValue(path, value),
    );
  } catch {
    return text;
  }
}

function maskHeader(block: string): string {
  return block.replace(
    /^(Nats-Request-Info: ?)(\{.*\})/gim,
    (_, name: string, json: string) => name + maskJsonText(json),
  );
}

/** A JWT made by the server is shown by its masked claims; its signature is the server's own affair. */
function shownToken(payload: string): string {
  const body = /^eyJ[\w-]+\.([\w-]+)\.[\w-]+$/.exec(payload)?.[1];
  return body === undefined
    ? payload
    : `<jwt ${maskJsonText(Buffer.from(body, 'base64url').toString('latin1'))}>`;
}

/** A compressed payload is shown unpacked where Node can, else by its kind. */
function readable(block: string, payload: string): string {
  if (/^Content-Encoding: gzip\r$/im.test(block))
    return gunzipSync(Buffer.from(payload, 'latin1')).toString('latin1');
  if (/^Content-Encoding: snappy\r$/im.test(block)) return '<snappy>';
  return shownToken(payload);
}

/** Masks one frame; anything but a message only loses its reply subjects. */
export function maskMessage(frame: string, unordered: boolean): string {
  const lineEnd = frame.indexOf('\n') + 1;
  // nats-server leaves two blanks where a message of its own has no reply.
  const line = frame.slice(0, lineEnd).replace(/^(H?MSG \S+ \S+) {2}/, '$1 ');
  const withHeader = /^HMSG .* (\d+) (\d+)\r\n$/.exec(line);
  if (!withHeader && !/^MSG /.test(line)) return maskReplies(frame);
  const headerEnd = lineEnd + Number(withHeader?.[1] ?? 0);
  const block = frame.slice(lineEnd, headerEnd);
  const payload = frame.slice(headerEnd, -2);
  const maskedBlock = maskHeader(block);
  const shown = readable(block, payload);
  const maskedPayload = /^[[{]/.test(shown) ? maskJsonText(shown, unordered) : shown;
  let masked = line;
  if (maskedBlock !== block) masked = masked.replace(/ \d+ \d+\r\n$/, ' <header> <size>\r\n');
  else if (maskedPayload !== payload) masked = masked.replace(/ \d+\r\n$/, ' <size>\r\n');
  return maskReplies(`${masked}${maskedBlock}${maskedPayload}\r\n`);
}
