import { goQuote } from '../base/go-quote.ts';
import { type ConfNode, isConfArray, isConfMap } from '../conf/node.ts';
import { goTypeName } from './go-values.ts';
import type { OptionRow } from './option-row.ts';
import { ConfigError, type ParseContext } from './parse-context.ts';
import { asString, readListen, setEntry } from './readers.ts';
import { boolRow, factsOf, intRow, stringRow } from './row-makers.ts';
import type { Options } from './types.ts';

/** Who this server is, where it listens, and its monitoring. */
export const serverRows: OptionRow<Options>[] = [
  {
    keys: ['listen'],
    shape: 'listen',
    ...factsOf({
      doc: 'Address for clients: a port or host:port; port -1 takes a free one.',
      byDefault: '0.0.0.0:4222',
      reload: 'refused',
      fields: ['host', 'port'],
      shownBy: 'test/options/behaviour.test.ts: listen, host and port',
    }),
    read: (_context, node, options) => {
      ({ host: options.host, port: options.port } = readListen(node));
    },
  },
  stringRow(
    ['host', 'net'],
    {
      doc: 'Host on which clients connect.',
      byDefault: '0.0.0.0',
      reload: 'refused',
      flags: ['a', 'addr', 'net'],
      fields: ['host'],
      shownBy: 'test/options/behaviour.test.ts: listen, host and port',
    },
    (options, value) => {
      options.host = value;
    },
  ),
  intRow(
    ['port'],
    {
      doc: 'Port on which clients connect; -1 takes a free one.',
      byDefault: '4222',
      reload: 'partly',
      flags: ['p', 'port'],
      fields: ['port'],
      shownBy: 'test/options/behaviour.test.ts: listen, host and port',
    },
    (options, value) => {
      options.port = value;
    },
  ),
  {
    keys: ['server_name'],
    shape: 'string',
    ...factsOf({
      doc: 'Name of the server, unique in its cluster.',
      byDefault: "the server's id",
      reload: 'refused',
      flags: ['n', 'name', 'server_name'],
      fields: ['serverName'],
      shownBy: 'test/options/behaviour.test.ts: server_name and client_advertise',
    }),
    read: (_context, node, options) => {
      const name = asString(node);
      if (name.includes(' ')) throw new ConfigError(node, 'server name cannot contain spaces');
      options.serverName = name;
    },
  },
  stringRow(
    ['client_advertise'],
    {
      doc: 'host:port that INFO advertises to clients instead of the one listened on.',
      reload: 'partly',
      flags: ['client_advertise'],
      fields: ['clientAdvertise'],
      shownBy: 'test/options/behaviour.test.ts: server_name and client_advertise',
    },
    (options, value) => {
      options.clientAdvertise = value;
    },
  ),
  httpRow('http', 'Address of the HTTP monitoring: a port or host:port.', (options, port) => {
    options.httpPort = port;
  }),
  httpRow('https', 'Address of the HTTPS monitoring: a port or host:port.', (options, port) => {
    options.httpsPort = port;
  }),
  intRow(
    ['http_port', 'monitor_port'],
    {
      doc: 'Port of the HTTP monitoring.',
      byDefault: 'off',
      reload: 'refused',
      flags: ['m', 'http_port'],
      fields: ['httpPort'],
      shownBy: 'test/conformance/spawn.test.ts: nats.py: fixed ports',
    },
    (options, value) => {
      options.httpPort = value;
    },
  ),
  intRow(
    ['https_port'],
    {
      doc: 'Port of the HTTPS monitoring.',
      byDefault: 'off',
      reload: 'refused',
      flags: ['ms', 'https_port'],
      fields: ['httpsPort'],
      shownBy: 'src/monitor/start-monitoring.test.ts: HTTPS with the certificate of the clients',
    },
    (options, value) => {
      options.httpsPort = value;
    },
  ),
  stringRow(
    ['http_base_path'],
    {
      doc: 'Path under which the monitoring pages stand.',
      byDefault: '/',
      reload: 'refused',
      fields: ['httpBasePath'],
      shownBy: 'test/options/behaviour.test.ts: http, http_base_path',
    },
    (options, value) => {
      options.httpBasePath = value;
    },
  ),
  boolRow(
    ['jsonp'],
    {
      doc: 'Answer ?callback=name of the monitoring pages with JSONP. Of tnatsd, not of nats-server.',
      byDefault: 'false',
      reload: 'hot',
      fields: ['jsonp'],
      shownBy: 'test/options/behaviour.test.ts: jsonp: a callback',
    },
    (options, value) => {
      options.jsonp = value;
    },
  ),
  intRow(
    ['prof_port'],
    {
      doc: 'Port of the profiling pages of Go.',
      byDefault: 'off',
      reload: 'refused',
      flags: ['profile'],
      fields: ['profPort'],
      shownBy: 'inactive',
    },
    (options, value) => {
      options.profPort = value;
    },
  ),
  intRow(
    ['prof_block_rate'],
    {
      doc: 'Rate of the block profile of Go.',
      reload: 'hot',
      fields: ['profBlockRate'],
      shownBy: 'inactive',
    },
    (options, value) => {
      options.profBlockRate = value;
    },
  ),
  {
    keys: ['server_tags'],
    shape: 'strings',
    ...factsOf({
      doc: 'Tags of the server, in lower case: for placement and selection.',
      reload: 'hot',
      fields: ['tags'],
      shownBy: 'test/options/behaviour.test.ts: http, http_base_path',
    }),
    read: readTags,
  },
  {
    keys: ['server_metadata'],
    shape: 'string map',
    ...factsOf({
      doc: 'Free names and values shown by monitoring.',
      reload: 'hot',
      fields: ['metadata'],
      shownBy: 'test/options/behaviour.test.ts: http, http_base_path',
    }),
    read: readMetadata,
  },
  {
    keys: ['feature_flags'],
    shape: 'boolean map',
    ...factsOf({
      doc: 'Features opted in to or out of, shown by monitoring.',
      reload: 'refused',
      fields: ['featureFlags'],
      shownBy: 'inactive',
    }),
    read: readFeatureFlags,
  },
];

function httpRow(
  key: string,
  doc: string,
  set: (options: Options, port: number) => void,
): OptionRow<Options> {
  const field = key === 'http' ? 'httpPort' : 'httpsPort';
  return {
    keys: [key],
    shape: 'listen',
    ...factsOf({
      doc,
      byDefault: 'off',
      reload: 'refused',
      fields: ['httpHost', field],
      shownBy:
        key === 'http'
          ? 'test/options/behaviour.test.ts: http, http_base_path'
          : 'src/monitor/start-monitoring.test.ts: HTTPS with the certificate of the clients',
    }),
    read: (_context, node, options) => {
      const { host, port } = readListen(node);
      options.httpHost = host;
      set(options, port);
    },
  };
}

function readTags(_context: ParseContext, node: ConfNode, options: Options): void {
  if (typeof node.value === 'string') {
    addTag(options, node.value);
    return;
  }
  if (!isConfArray(node.value)) {
    throw new ConfigError(node, `error parsing tags: unsupported type ${goTypeName(node.value)}`);
  }
  for (const item of node.value.items) {
    if (typeof item.value !== 'string') {
      // nats-server prints the type of its own wrapper of the value.
      throw new ConfigError(
        node,
        'error parsing tags: unsupported type *conf.token where string is expected',
      );
    }
    addTag(options, item.value);
  }
}

function addTag(options: Options, text: string): void {
  const tag = text.trim().toLowerCase();
  if (tag !== '' && !options.tags.includes(tag)) options.tags.push(tag);
}

function readMetadata(context: ParseContext, node: ConfNode, options: Options): void {
  if (!isConfMap(node.value)) {
    const type = goTypeName(node.value);
    throw new ConfigError(node, `error parsing metadata: unsupported type ${type}`);
  }
  for (const [name, entry] of node.value.entries) {
    context.guard(() => {
      setEntry(options.metadata, name, asString(entry));
    });
  }
}

function readFeatureFlags(_context: ParseContext, node: ConfNode, options: Options): void {
  if (!isConfMap(node.value)) {
    const type = goTypeName(node.value);
    throw new ConfigError(node, `error parsing feature flags: unsupported type ${type}`);
  }
  for (const [name, entry] of node.value.entries) {
    if (typeof entry.value !== 'boolean') {
      const type = goTypeName(entry.value);
      throw new ConfigError(
        entry,
        `error parsing feature flag ${goQuote(name)}: expected bool, got ${type}`,
      );
    }
    setEntry(options.featureFlags, name, entry.value);
  }
}
