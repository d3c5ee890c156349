/**
 * Which requests have their latency measured: a percentage of all, or those whose tracing headers
 * (Uber, B3, W3C trace context) say so. nats-server's shouldSample.
 */
import type { ServiceLatencyOptions } from '../options/types.ts';
import type { Random } from '../platform/clock.ts';
import { headerEntries } from './message-header.ts';

export type SampledHeader = ReadonlyMap<string, readonly string[]>;

/** Undefined: not sampled. The map holds the header lines that asked for it, if any did. */
export function sampleRequest(
  latency: ServiceLatencyOptions | undefined,
  header: Buffer | undefined,
  random: Random,
): { header: SampledHeader | undefined } | undefined {
  if (latency === undefined || latency.sampling < 0) return undefined;
  if (latency.sampling >= 100) return { header: undefined };
  if (latency.sampling > 0 && random.below(100) <= latency.sampling) return { header: undefined };
  const asked = header && sampledByHeader(groupHeader(header));
  return asked && { header: asked };
}

/** Values by name as Go's canonical form has it: `uber-trace-id` is `Uber-Trace-Id`. */
function groupHeader(header: Buffer): Map<string, string[]> {
  const map = new Map<string, string[]>();
  for (const [name, value] of headerEntries(header)) {
    const key = canonicalName(name);
    const known = map.get(key);
    if (known === undefined) map.set(key, [value]);
    else known.push(value);
  }
  return map;
}

/** Go's CanonicalMIMEHeaderKey; names with other than token characters stay as they are. */
export function canonicalName(name: string): string {
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) return name;
  return name
    .toLowerCase()
    .split('-')
    .map((part) => part.slice(0, 1).toUpperCase() + part.slice(1))
    .join('-');
}

function sampledByHeader(header: ReadonlyMap<string, string[]>): SampledHeader | undefined {
  const uber = header.get('Uber-Trace-Id');
  if (uber !== undefined) return isUberSampled(uber[0]!) ? uberHeader(header, uber) : undefined;
  const sampled = header.get('X-B3-Sampled')?.[0];
  if (sampled === '1') return b3Header(header);
  if (sampled === '0') return undefined;
  if (header.has('X-B3-Traceid')) return b3Header(header);
  const b3 = header.get('B3');
  if (b3 !== undefined) return isB3Denied(b3[0]!) ? undefined : new Map([['B3', b3]]);
  const context = header.get('Traceparent');
  if (context === undefined || !isContextSampled(context[0]!)) return undefined;
  return picked(header, ['Traceparent', 'Tracestate']);
}

/** `479fefe9525eddb:5adb976bfc1f95c1:479fefe9525eddb:1`: the last field is hexadecimal flags. */
function isUberSampled(value: string): boolean {
  const flags = value.split(':');
  const text = flags.length === 4 ? flags[3]! : '';
  if (!/^[0-9a-fA-F]{1,2}$/.test(text)) return false;
  return (Number.parseInt(text, 16) & 1) === 1;
}

function isB3Denied(value: string): boolean {
  const fields = value.split('-');
  return (fields.length > 2 && fields[2] === '0') || (fields.length === 1 && fields[0] === '0');
}

/** `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`; Go reads the flags as a signed byte. */
export function isContextSampled(value: string): boolean {
  const fields = value.split('-');
  const flags = fields.length === 4 ? fields[3]! : '';
  if (!/^([0-9a-fA-F]{2}|[+-][0-9a-fA-F])$/.test(flags)) return false;
  const number = Number.parseInt(flags, 16);
  return number <= 0x7f && (number & 1) !== 0;
}

function picked(header: ReadonlyMap<string, string[]>, names: readonly string[]): SampledHeader {
  const found = new Map<string, readonly string[]>();
  for (const name of names) {
    const values = header.get(name);
    if (values !== undefined) found.set(name, values);
  }
  return found;
}

function b3Header(header: ReadonlyMap<string, string[]>): SampledHeader {
  return picked(header, ['X-B3-Sampled', 'X-B3-Traceid', 'X-B3-Parentspanid', 'X-B3-Spanid']);
}

function uberHeader(header: ReadonlyMap<string, string[]>, id: string[]): SampledHeader {
  const found = new Map<string, readonly string[]>([['Uber-Trace-Id', id]]);
  for (const [name, values] of header) {
    if (name.startsWith('Uberctx-')) found.set(name, values);
  }
  return found;
}
