import { goQuote } from '../base/go-quote.ts';
import { type ConfNode, isConfArray, isConfMap } from '../conf/node.ts';
import { goTypeName } from './go-values.ts';
import { asChildren, type OptionRow, readEntries } from './option-row.ts';
import { ConfigError, endsBlock, type ParseContext } from './parse-context.ts';
import { asBool, asString } from './readers.ts';
import { factsOf, stringRow } from './row-makers.ts';
import type { AccountOptions, ServiceImportOptions, StreamImportOptions } from './types.ts';

/*
 * `imports: [ { stream: { account, subject }, prefix | to }, { service: { account, subject }, to } ]`.
 */

interface Source {
  account: string;
  subject: string;
}

interface Reading {
  stream: StreamImportOptions | undefined;
  service: ServiceImportOptions | undefined;
  prefix: string;
  to: string;
  share: boolean;
  allowTrace: boolean;
  allowTraceNode: ConfNode | undefined;
}

const sourceRows: OptionRow<Source>[] = [
  stringRow(['account'], { doc: 'Account that exports.' }, (source, value) => {
    source.account = value;
  }),
  stringRow(['subject'], { doc: 'Subject that it exports.' }, (source, value) => {
    source.subject = value;
  }),
];

function readSource(context: ParseContext, node: ConfNode, kind: string): Source {
  if (!isConfMap(node.value)) {
    const type = goTypeName(node.value);
    throw new ConfigError(node, `${kind} entry should be an account map, got ${type}`);
  }
  const source = { account: '', subject: '' };
  const before = context.errors.length;
  readEntries(context, node.value, sourceRows, source);
  const broken = context.errors.slice(before).some((error) => endsBlock(node, error));
  if (broken || source.account === '' || source.subject === '') {
    throw new ConfigError(node, 'Expect an account name and a subject');
  }
  return source;
}

export const importRows: OptionRow<Reading>[] = [
  {
    keys: ['stream'],
    shape: 'block',
    children: asChildren(sourceRows),
    ...factsOf({ doc: 'A stream of messages that another account exports.' }),
    read: (context, node, reading) => {
      if (reading.service !== undefined) {
        throw new ConfigError(node, 'Detected stream but already saw a service');
      }
      const { account, subject } = readSource(context, node, 'Stream');
      const { to, prefix, allowTrace } = reading;
      reading.stream = { account, subject, to, prefix, allowTrace };
    },
  },
  {
    keys: ['service'],
    shape: 'block',
    children: asChildren(sourceRows),
    ...factsOf({ doc: 'A service that another account exports.' }),
    read: (context, node, reading) => {
      if (reading.stream !== undefined) {
        throw new ConfigError(node, 'Detected service but already saw a stream');
      }
      if (reading.allowTraceNode !== undefined) {
        throw new ConfigError(
          reading.allowTraceNode,
          'Detected allow_trace directive on a non-stream',
        );
      }
      const { account, subject } = readSource(context, node, 'Service');
      reading.service = { account, subject, to: reading.to || subject, share: reading.share };
    },
  },
  {
    keys: ['prefix'],
    shape: 'string',
    ...factsOf({ doc: 'Put in front of the subjects of a stream.' }),
    read: (_context, node, reading) => {
      reading.prefix = asString(node);
      if (reading.stream !== undefined) reading.stream.prefix = reading.prefix;
    },
  },
  {
    keys: ['to'],
    shape: 'string',
    ...factsOf({ doc: 'Local subject.', byDefault: "the exporter's" }),
    read: readTo,
  },
  {
    keys: ['share'],
    shape: 'boolean',
    ...factsOf({ doc: 'Show the exporter who asks.', byDefault: 'false' }),
    read: (_context, node, reading) => {
      reading.share = asBool(node);
      if (reading.service !== undefined) reading.service.share = reading.share;
    },
  },
  {
    keys: ['allow_trace'],
    shape: 'boolean',
    ...factsOf({ doc: 'Message traces may cross into the exporter.', byDefault: 'false' }),
    read: (_context, node, reading) => {
      if (reading.service !== undefined) {
        throw new ConfigError(node, 'Detected allow_trace directive on a non-stream');
      }
      reading.allowTrace = asBool(node);
      reading.allowTraceNode = node;
      if (reading.stream !== undefined) reading.stream.allowTrace = reading.allowTrace;
    },
  },
];

function readTo(_context: ParseContext, node: ConfNode, reading: Reading): void {
  reading.to = asString(node);
  if (reading.service !== undefined) reading.service.to = reading.to;
  if (reading.stream === undefined) return;
  reading.stream.to = reading.to;
  if (reading.stream.prefix !== '') {
    throw new ConfigError(node, "Stream import can not have a 'prefix' and a 'to' property");
  }
}

/** Reads `imports` of an account into it. */
export function readImports(context: ParseContext, node: ConfNode, account: AccountOptions): void {
  if (!isConfArray(node.value)) {
    throw new ConfigError(node, `Imports should be an array, got ${goTypeName(node.value)}`);
  }
  for (const item of node.value.items) {
    context.guard(() => readImport(context, item, account));
  }
}

function readImport(context: ParseContext, item: ConfNode, account: AccountOptions): void {
  if (!isConfMap(item.value)) {
    const type = goTypeName(item.value);
    throw new ConfigError(item, `Import Items should be a map with type entry, got ${type}`);
  }
  const reading: Reading = {
    stream: undefined,
    service: undefined,
    prefix: '',
    to: '',
    share: false,
    allowTrace: false,
    allowTraceNode: undefined,
  };
  readEntries(context, item.value, importRows, reading);
  if (reading.service !== undefined) {
    refuseSecond(item, account, reading.service);
    account.serviceImports.push(reading.service);
  }
  if (reading.stream !== undefined) account.streamImports.push(reading.stream);
}

function refuseSecond(
  item: ConfNode,
  account: AccountOptions,
  service: ServiceImportOptions,
): void {
  const other = account.serviceImports.find(
    (one) => one.to === service.to && one.account === service.account,
  );
  if (other === undefined) return;
  throw new ConfigError(
    item,
    `Duplicate service import subject ${goQuote(service.to)}, previously used in import for ` +
      `account ${goQuote(other.account)}, subject ${goQuote(other.subject)}`,
  );
}
