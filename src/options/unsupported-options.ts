import { goQuote } from '../base/go-quote.ts';
import type { Options } from './types.ts';

/*
 * What is configured and not there yet. An option that protects or restricts must not be ignored:
 * a server that has one refuses to start. One that only adds is named in a warning.
 * To enable a feature, delete its row. `-t` asks nothing of this: it judges files as nats-server does.
 */

interface Unsupported {
  /** The option, as a reader of the configuration knows it. */
  readonly option: string;
  /** Where it is configured, or undefined when it is not. */
  readonly placeOf: (options: Options) => string | undefined;
}

/** Options that protect or restrict. */
const refused: readonly Unsupported[] = [
  { option: 'jetstream key', placeOf: ({ jetstream }) => jetstream.key && 'jetstream' },
  { option: 'tpm', placeOf: ({ jetstream }) => jetstream.tpm && 'jetstream' },
];

/** Options that add something. */
const inactive: readonly Unsupported[] = [
  { option: 'jetstream', placeOf: ({ jetstream }) => switchedOn(jetstream.enabled) },
  { option: 'cluster', placeOf: ({ cluster }) => portPlace(cluster.port) },
  { option: 'routes', placeOf: ({ routes }) => given(routes.map((route) => route.host)) },
  { option: 'gateway', placeOf: ({ gateway }) => portPlace(gateway.port) },
  { option: 'leafnodes', placeOf: ({ leafNode }) => portPlace(leafNode.port) },
  { option: 'leafnodes remotes', placeOf: ({ leafNode }) => count(leafNode.remotes) },
  { option: 'mqtt', placeOf: ({ mqtt }) => portPlace(mqtt.port) },
  { option: 'prof_port', placeOf: ({ profPort }) => portPlace(profPort) },
  {
    option: 'default_js_domain',
    placeOf: ({ jsAccDefaultDomain }) => given(Object.keys(jsAccDefaultDomain)),
  },
];

function given(value: string | readonly string[]): string | undefined {
  if (value.length === 0) return undefined;
  return typeof value === 'string' ? 'top level' : `${value.length} configured`;
}

function count(values: readonly unknown[]): string | undefined {
  return values.length === 0 ? undefined : `${values.length} configured`;
}

function switchedOn(value: boolean): string | undefined {
  return value ? 'top level' : undefined;
}

function portPlace(port: number): string | undefined {
  return port === 0 ? undefined : `port ${port}`;
}

/** An option that this version cannot honour and must not ignore. */
export class UnsupportedOptionError extends Error {
  readonly code = 'OPTION_UNSUPPORTED';
  readonly option: string;

  constructor(option: string, place: string, configFile: string) {
    const file = configFile === '' ? '' : ` in ${configFile}`;
    super(
      `option ${goQuote(option)} (${place})${file} is not supported yet: ` +
        'it protects or restricts, so the server does not start without honouring it',
    );
    this.name = 'UnsupportedOptionError';
    this.option = option;
  }
}

/**
 * Throws UnsupportedOptionError for the first configured option that protects and is not there yet.
 * Returns a line for the log for each one that only adds.
 */
export function refuseUnsupported(options: Options): string[] {
  for (const { option, placeOf } of refused) {
    const place = placeOf(options);
    if (place) throw new UnsupportedOptionError(option, place, options.configFile);
  }
  return inactive.flatMap(({ option, placeOf }) => {
    const place = placeOf(options);
    return place ? [`Option ${goQuote(option)} (${place}) is not active yet`] : [];
  });
}
