import { goQuote } from '../base/go-quote.ts';
import { type ConfNode, isConfArray, isConfMap } from '../conf/node.ts';
import { parseDuration } from './duration.ts';
import { goQuoteValue, goTypeName } from './go-values.ts';
import { asChildren, type OptionRow, readEntries } from './option-row.ts';
import { ConfigError, type ParseContext } from './parse-context.ts';
import { asArray, asBool, asInt, asString, parseGoInt } from './readers.ts';
import { factsOf } from './row-makers.ts';
import type {
  AccountOptions,
  ServiceExportOptions,
  ServiceLatencyOptions,
  StreamExportOptions,
} from './types.ts';

/*
 * `exports: [ { stream: "a.>" }, { service: "q", response: stream, latency { … } } ]`.
 * Whether an entry is a stream or a service is known only when that key is met; what belongs to
 * services alone is an error in a stream's entry, named at the directive.
 */

interface Reading {
  stream: StreamExportOptions | undefined;
  service: ServiceExportOptions | undefined;
  accounts: string[] | undefined;
  responseType: ServiceExportOptions['responseType'];
  responseNode: ConfNode | undefined;
  thresholdSeen: boolean;
  thresholdNs: bigint;
  latency: ServiceLatencyOptions | undefined;
  latencyNode: ConfNode | undefined;
  allowTrace: boolean;
  allowTraceNode: ConfNode | undefined;
  position: number;
}

function nameOf(node: ConfNode, kind: string): string {
  if (typeof node.value === 'string') return node.value;
  throw new ConfigError(node, `Expected ${kind} name to be string, got ${goTypeName(node.value)}`);
}

function notForStreams(node: ConfNode, directive: string): ConfigError {
  return new ConfigError(node, `Detected ${directive} directive on non-service`);
}

const latencyRows: OptionRow<ServiceLatencyOptions>[] = [
  {
    keys: ['sampling'],
    shape: { oneOf: ['integer', 'string'] },
    ...factsOf({ doc: 'Percentage of requests, or "headers".', byDefault: '100' }),
    read: (_context, node, latency) => {
      latency.sampling = readSampling(node);
    },
  },
  {
    keys: ['subject'],
    shape: 'string',
    ...factsOf({ doc: 'Subject on which latencies are published.' }),
    read: (_context, node, latency) => {
      // nats-server always says "string" here: it names the type of the variable.
      if (typeof node.value !== 'string') {
        throw new ConfigError(node, 'Expected latency subject to be a string, got string');
      }
      latency.subject = node.value;
    },
  },
];

function readSampling(node: ConfNode): number {
  const value = node.value;
  if (typeof value === 'string' && value.trim().toLowerCase() === 'headers') return 0;
  if (typeof value !== 'bigint' && typeof value !== 'string') {
    const type = goTypeName(value);
    throw new ConfigError(
      node,
      `Expected latency sample to be a string or map/struct, got ${type}`,
    );
  }
  const text = String(value).replace(/%$/, '');
  const sample = parseGoInt(text);
  if (sample === undefined) {
    const reason = `strconv.Atoi: parsing ${goQuote(text)}: invalid syntax`;
    throw new ConfigError(node, `Failed to parse latency sample: ${reason}`);
  }
  if (sample < 1 || sample > 100) {
    throw new ConfigError(node, 'bad sampling percentage, should be 1-100');
  }
  return sample;
}

/** Only the keys `sampling` and `subject` in lower case are looked at; others are ignored. */
function readLatency(context: ParseContext, node: ConfNode): ServiceLatencyOptions {
  if (typeof node.value === 'string') return { sampling: 100, subject: node.value };
  if (!isConfMap(node.value)) {
    const type = goTypeName(node.value);
    throw new ConfigError(node, `Expected latency entry to be a map/struct or string, got ${type}`);
  }
  const latency = { sampling: 100, subject: '' };
  for (const row of latencyRows) {
    const key = row.keys[0];
    const entry = node.value.entries.get(key);
    if (entry !== undefined) row.read(context, entry, latency, key);
    else if (key === 'subject') {
      throw new ConfigError(node, 'Latency subject required, but missing');
    }
  }
  return latency;
}

export const exportRows: OptionRow<Reading>[] = [
  {
    keys: ['stream'],
    shape: 'string',
    ...factsOf({ doc: 'Subject of a stream of messages.' }),
    read: readStream,
  },
  {
    keys: ['service'],
    shape: 'string',
    ...factsOf({ doc: 'Subject of a service.' }),
    read: readService,
  },
  {
    keys: ['response', 'response_type'],
    shape: { values: ['singleton', 'stream', 'chunked'] },
    ...factsOf({ doc: 'How many replies a request gets.', byDefault: 'singleton' }),
    read: readResponseType,
  },
  {
    keys: ['response_threshold', 'threshold', 'response_max_time', 'response_time'],
    shape: 'duration',
    ...factsOf({ doc: 'How long replies are let through.', byDefault: '2m' }),
    read: readThreshold,
  },
  {
    keys: ['accounts'],
    shape: 'string array',
    ...factsOf({ doc: 'Accounts that may import.', byDefault: 'all' }),
    read: (_context, node, reading) => {
      reading.accounts = [...(reading.accounts ?? []), ...asArray(node).items.map(asString)];
      if (reading.accounts.length === 0) reading.accounts = undefined;
    },
  },
  {
    keys: ['latency'],
    shape: { oneOf: ['string', 'block'] },
    children: asChildren(latencyRows),
    ...factsOf({ doc: 'Where the latency of the service is published.' }),
    read: (context, node, reading) => {
      reading.latencyNode = node;
      reading.latency = readLatency(context, node);
      if (reading.stream !== undefined) throw notForStreams(node, 'latency');
    },
  },
  {
    keys: ['account_token_position'],
    shape: 'integer',
    ...factsOf({ doc: "Token of the subject that must be the importer's account." }),
    read: (_context, node, reading) => {
      reading.position = asInt(node);
    },
  },
  {
    keys: ['allow_trace'],
    shape: 'boolean',
    ...factsOf({ doc: 'Message traces may cross into this account.', byDefault: 'false' }),
    read: (_context, node, reading) => {
      reading.allowTraceNode = node;
      reading.allowTrace = asBool(node);
      if (reading.stream !== undefined) throw notForStreams(node, 'allow_trace');
    },
  },
];

function readStream(_context: ParseContext, node: ConfNode, reading: Reading): void {
  if (reading.service !== undefined) {
    throw new ConfigError(
      node,
      `Detected stream ${goQuoteValue(node.value)} but already saw a service`,
    );
  }
  if (reading.responseNode !== undefined) throw notForStreams(reading.responseNode, 'response');
  if (reading.latencyNode !== undefined) throw notForStreams(reading.latencyNode, 'latency');
  if (reading.allowTraceNode !== undefined) {
    throw notForStreams(reading.allowTraceNode, 'allow_trace');
  }
  const subject = nameOf(node, 'stream');
  reading.stream = { subject, accounts: undefined, accountTokenPosition: 0 };
}

function readService(_context: ParseContext, node: ConfNode, reading: Reading): void {
  if (reading.stream !== undefined) {
    throw new ConfigError(
      node,
      `Detected service ${goQuoteValue(node.value)} but already saw a stream`,
    );
  }
  reading.service = {
    subject: nameOf(node, 'service'),
    accounts: undefined,
    accountTokenPosition: 0,
    responseType: 'singleton',
    responseThresholdNs: 0n,
    latency: undefined,
    allowTrace: false,
  };
}

const responseTypes = new Map<string, ServiceExportOptions['responseType']>([
  ['single', 'singleton'],
  ['singleton', 'singleton'],
  ['stream', 'stream'],
  ['chunk', 'chunked'],
  ['chunked', 'chunked'],
]);

function readResponseType(_context: ParseContext, node: ConfNode, reading: Reading): void {
  if (reading.responseNode !== undefined) {
    throw new ConfigError(node, 'Duplicate response type definition');
  }
  reading.responseNode = node;
  if (typeof node.value !== 'string') {
    const type = goTypeName(node.value);
    throw new ConfigError(node, `Expected response type to be string, got ${type}`);
  }
  const type = responseTypes.get(node.value.toLowerCase());
  if (type === undefined) {
    throw new ConfigError(node, `Unknown response type: ${goQuote(node.value)}`);
  }
  reading.responseType = type;
  if (reading.stream !== undefined) throw notForStreams(node, 'response');
}

function readThreshold(_context: ParseContext, node: ConfNode, reading: Reading): void {
  if (reading.thresholdSeen) throw new ConfigError(node, 'Duplicate response threshold detected');
  reading.thresholdSeen = true;
  const expected = 'Expected response threshold to be a parseable time duration, got';
  if (typeof node.value !== 'string') {
    throw new ConfigError(node, `${expected} ${goTypeName(node.value)}`);
  }
  try {
    reading.thresholdNs = parseDuration(node.value);
  } catch {
    throw new ConfigError(node, `${expected} ${goQuote(node.value)}`);
  }
  if (reading.stream !== undefined) throw notForStreams(node, 'response');
}

/** Reads `exports` of an account into it. */
export function readExports(context: ParseContext, node: ConfNode, account: AccountOptions): void {
  if (!isConfArray(node.value)) {
    throw new ConfigError(node, `Exports should be an array, got ${goTypeName(node.value)}`);
  }
  for (const item of node.value.items) {
    context.guard(() => readExport(context, item, account));
  }
}

function readExport(context: ParseContext, item: ConfNode, account: AccountOptions): void {
  if (!isConfMap(item.value)) {
    const type = goTypeName(item.value);
    throw new ConfigError(item, `Export Items should be a map with type entry, got ${type}`);
  }
  const reading: Reading = {
    stream: undefined,
    service: undefined,
    accounts: undefined,
    responseType: 'singleton',
    responseNode: undefined,
    thresholdSeen: false,
    thresholdNs: 0n,
    latency: undefined,
    latencyNode: undefined,
    allowTrace: false,
    allowTraceNode: undefined,
    position: 0,
  };
  readEntries(context, item.value, exportRows, reading);
  const shared = { accounts: reading.accounts, accountTokenPosition: reading.position };
  if (reading.stream !== undefined) account.streamExports.push({ ...reading.stream, ...shared });
  if (reading.service === undefined) return;
  account.serviceExports.push({
    ...reading.service,
    ...shared,
    responseType: reading.responseType,
    responseThresholdNs: reading.thresholdNs,
    latency: reading.latency,
    allowTrace: reading.allowTrace,
  });
}
