import { type ConfNode, isConfMap } from '../conf/node.ts';
import { parseDuration } from './duration.ts';
import { type OptionRow, readEntries } from './option-row.ts';
import { ConfigError, type ParseContext } from './parse-context.ts';
import { factsOf } from './row-makers.ts';

/** `ocsp_peer {}` of a tls block: whether and how the certificates of peers are checked by OCSP. */
export interface OcspPeerOptions {
  verify: boolean;
  timeoutSeconds: number;
  clockSkewSeconds: number;
  warnOnly: boolean;
  unknownIsGood: boolean;
  allowWhenCaUnreachable: boolean;
  ttlUnsetNextUpdateSeconds: number;
}

export function defaultOcspPeer(verify: boolean): OcspPeerOptions {
  return {
    verify,
    timeoutSeconds: 2,
    clockSkewSeconds: 30,
    warnOnly: false,
    unknownIsGood: false,
    allowWhenCaUnreachable: false,
    ttlUnsetNextUpdateSeconds: 3600,
  };
}

type Flag = 'verify' | 'warnOnly' | 'unknownIsGood' | 'allowWhenCaUnreachable';
type Seconds = 'timeoutSeconds' | 'clockSkewSeconds' | 'ttlUnsetNextUpdateSeconds';

function fieldText(key: string): string {
  return `error parsing tls peer config, unknown field [${JSON.stringify(key)}]`;
}

function flag(key: string, field: Flag, doc: string): OptionRow<OcspPeerOptions> {
  return {
    keys: [key],
    shape: 'boolean',
    ...factsOf({ doc, byDefault: 'false' }),
    read: (_context, node, target, written) => {
      if (typeof node.value !== 'boolean') throw new ConfigError(node, fieldText(written));
      target[field] = node.value;
    },
  };
}

function seconds(
  key: string,
  field: Seconds,
  byDefault: string,
  doc: string,
): OptionRow<OcspPeerOptions> {
  return {
    keys: [key],
    shape: 'seconds',
    ...factsOf({ doc, byDefault }),
    read: (_context, node, target) => {
      const value = secondsOf(node, field !== 'clockSkewSeconds');
      if (value >= 0) target[field] = value;
    },
  };
}

function secondsOf(node: ConfNode, explain: boolean): number {
  const value = node.value;
  if (typeof value === 'bigint' || typeof value === 'number') return Number(value);
  const conversion = 'error parsing tls peer config, conversion error: ';
  if (typeof value !== 'string') throw new ConfigError(node, `${conversion}unexpected type`);
  try {
    return Number(parseDuration(value)) / 1e9;
  } catch (error) {
    const reason = explain ? (error as Error).message : 'unexpected type';
    throw new ConfigError(node, `${conversion}${reason}`);
  }
}

export const ocspPeerRows: OptionRow<OcspPeerOptions>[] = [
  flag('verify', 'verify', 'Check the certificates of peers by OCSP.'),
  seconds('ca_timeout', 'timeoutSeconds', '2', 'How long to wait for the responder.'),
  seconds('allowed_clockskew', 'clockSkewSeconds', '30', 'How far clocks may differ.'),
  seconds(
    'cache_ttl_when_next_update_unset',
    'ttlUnsetNextUpdateSeconds',
    '3600',
    'How long an answer without next update is kept.',
  ),
  flag('warn_only', 'warnOnly', 'Only warn of a bad status.'),
  flag('unknown_is_good', 'unknownIsGood', 'Take the status "unknown" for good.'),
  flag(
    'allow_when_ca_unreachable',
    'allowWhenCaUnreachable',
    'Accept the certificate when the responder cannot be reached.',
  ),
];

/** Reads `ocsp_peer: true | { … }`; `tls` is the place that nats-server names beside the inner one. */
export function readOcspPeer(context: ParseContext, node: ConfNode): OcspPeerOptions {
  if (typeof node.value === 'boolean') return defaultOcspPeer(node.value);
  const target = defaultOcspPeer(false);
  if (!isConfMap(node.value)) {
    // nats-server names the type of the whole tls block here.
    const type = 'map[string]interface {}';
    throw new ConfigError(node, `error parsing ocsp peer config: unsupported type ${type}`);
  }
  try {
    readEntries(context, node.value, ocspPeerRows, target, {
      unknown: fieldText,
      strict: true,
      noVariables: true,
    });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(node, error.toLine());
  }
  return target;
}
