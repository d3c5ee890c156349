import { goQuote } from '../base/go-quote.ts';
import { formatDuration, millisecond } from './duration.ts';
import { permissionSubjectsProblem } from './permissions.ts';
import { pinnedCertsProblem } from './pinned-certs.ts';
import type { CompressionOptions, Options, Permissions } from './types.ts';

/** What is wrong with the options of routes, in nats-server's words. */
export function clusterProblem(options: Options): string | undefined {
  const { cluster, gateway, leafNode } = options;
  if (cluster.name.includes(' ')) return 'cluster name cannot contain spaces';
  const { import: publish, export: subscribe } = cluster.permissions ?? {};
  const permissions = clusterPermissionsProblem({ publish, subscribe, response: undefined });
  if (permissions !== undefined) return permissions;
  if (cluster.compression.mode !== '') {
    const compression = normalizeCompression(cluster.compression, 's2_fast');
    if (compression !== undefined) return compression;
  }
  const pinned = pinnedCertsProblem(cluster.tls);
  if (pinned !== undefined) return `cluster: ${pinned}`;
  if (gateway.name !== '' && gateway.name !== cluster.name) {
    if (cluster.name !== '') {
      return 'cluster name conflicts between cluster and gateway definitions';
    }
    cluster.name = gateway.name;
  }
  const byServer = cluster.name === '' && leafNode.remotes.length > 0 && cluster.port === 0;
  if ((byServer ? options.serverName : cluster.name) === '_') return 'cluster name is reserved';
  return pinnedAccountsProblem(options);
}

function pinnedAccountsProblem({ cluster }: Options): string | undefined {
  const { pinnedAccounts: names } = cluster;
  if (names.length === 0) return undefined;
  if (cluster.poolSize < 0) return 'pool_size cannot be negative if pinned accounts are specified';
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return undefined;
  const list = names.map((name) => goQuote(name)).join(' ');
  return `found duplicate account name ${goQuote(twice)} in pinned accounts list [${list}]`;
}

/** Routes check their permissions under the names of import and export, without queues. */
export function clusterPermissionsProblem(
  permissions: Permissions | undefined,
): string | undefined {
  const lists = [
    ['import allow', permissions?.publish?.allow],
    ['import deny', permissions?.publish?.deny],
    ['export allow', permissions?.subscribe?.allow],
    ['export deny', permissions?.subscribe?.deny],
  ] as const;
  for (const [name, subjects] of lists) {
    const problem = permissionSubjectsProblem(subjects, false);
    if (problem !== undefined) return `cluster ${name}: ${problem}`;
  }
  return undefined;
}

const modes: Record<string, string> = {
  'not supported': 'not supported',
  not_supported: 'not supported',
  disabled: 'off',
  off: 'off',
  false: 'off',
  accept: 'accept',
  auto: 's2_auto',
  s2_auto: 's2_auto',
  fast: 's2_fast',
  s2_fast: 's2_fast',
  better: 's2_better',
  s2_better: 's2_better',
  best: 's2_best',
  s2_best: 's2_best',
};

/** RTTs at which compression gets stronger when none are configured. */
const defaultThresholds = [10n, 50n, 100n].map((ms) => ms * millisecond);

/** Brings a compression mode to its canonical name; returns what is wrong with it. */
export function normalizeCompression(
  compression: CompressionOptions,
  modeForOn: string,
): string | undefined {
  const word = compression.mode.toLowerCase();
  const name = ['on', 'enabled', 'true'].includes(word) ? modeForOn : word;
  const mode = Object.hasOwn(modes, name) ? modes[name] : undefined;
  if (mode === undefined) return `unsupported compression mode ${goQuote(compression.mode)}`;
  if (mode === 's2_auto') {
    const problem = normalizeThresholds(compression);
    if (problem !== undefined) return problem;
  }
  compression.mode = mode;
  return undefined;
}

function normalizeThresholds(compression: CompressionOptions): string | undefined {
  const configured = compression.rttThresholdsNs;
  if (configured.length === 0) {
    compression.rttThresholdsNs = [...defaultThresholds];
    return undefined;
  }
  const shown = `[${configured.map(formatDuration).join(' ')}]`;
  const thresholds: bigint[] = [];
  for (const given of configured) {
    // 0 skips a level, wherever it stands.
    const ns = given < 0n ? 0n : given;
    if (ns !== 0n && thresholds.some((before) => ns < before)) {
      return `RTT threshold values ${shown} should be in ascending order`;
    }
    thresholds.push(ns);
  }
  while (thresholds.at(-1) === 0n) thresholds.pop();
  const mode = goQuote(compression.mode);
  if (thresholds.length > 4) {
    return `compression mode ${mode} should have no more than 4 RTT thresholds: ${shown}`;
  }
  if (thresholds.length === 0) {
    return `compression mode ${mode} requires at least one RTT threshold`;
  }
  compression.rttThresholdsNs = thresholds;
  return undefined;
}
