/**
 * The reviewed list of what may differ between two servers, or two runs of one server. Everything
 * not named here is compared byte for byte. A masked value is still checked: it must have the
 * type and range that its rule names, else the comparison shows `<bad …>` and fails.
 */
import { splitFrames } from './frames.ts';
import { maskJson } from './mask-json.ts';
import { maskMessage } from './message-masks.ts';

type Check = (value: unknown) => boolean;

const matches =
  (pattern: RegExp): Check =>
  (v) =>
    typeof v === 'string' && pattern.test(v);
const integer =
  (low: number, high = Number.MAX_SAFE_INTEGER): Check =>
  (v) =>
    Number.isInteger(v) && (v as number) >= low && (v as number) <= high;
const numeric =
  (low: number, high: number): Check =>
  (v) =>
    typeof v === 'number' && v >= low && v <= high;

const serverId = matches(/^N[A-Z2-7]{55}$/);
const port = integer(1, 65_535);
const address = matches(/^[0-9a-z.:-]+$/i);
const time = matches(/^2[01]\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/);
const goDuration = matches(/^(\d+(\.\d+)?(h|m|s|ms|µs|ns|d|y))+$/);
const urls: Check = (v) =>
  Array.isArray(v) && v.length > 0 && v.every((u) => /^\S+:\d+$/.test(String(u)));

/** Fields of the INFO line. */
const infoMasks: Record<string, Check> = {
  server_id: serverId,
  server_name: (v) => serverId(v) || matches(/^\S+$/)(v),
  git_commit: matches(/^[0-9a-f]{7,40}$/),
  go: matches(/^\S+$/),
  host: address,
  port,
  client_id: integer(1),
  client_ip: address,
  nonce: matches(/^[A-Za-z0-9_-]{15}$/),
  xkey: matches(/^X[A-Z2-7]{55}$/),
  connect_urls: urls,
  ws_connect_urls: urls,
  ip: matches(/^\S*$/),
};

/** INFO fields that one server may have and the other not: the build decides, no client reads them. */
const infoOptional = new Set(['git_commit']);

/** Fields of monitoring documents, by path; `*.x` stands for x at any depth. */
export const monitorMasks: Record<string, Check> = {
  '*.server_id': serverId,
  '*.server_name': matches(/^\S+$/),
  '*.now': time,
  '*.start': time,
  '*.stop': time,
  '*.last_activity': time,
  '*.config_load_time': time,
  '*.update_time': time,
  '*.uptime': goDuration,
  '*.idle': goDuration,
  '*.rtt': goDuration,
  '*.go': matches(/^\S+$/),
  '*.git_commit': matches(/^[0-9a-f]{7,40}$/),
  version: matches(/^\d+\.\d+\.\d+/),
  '*.mem': integer(1_000_000, 4_000_000_000),
  '*.cores': integer(1, 4_096),
  '*.gomaxprocs': integer(1, 4_096),
  '*.gomemlimit': integer(1),
  '*.cpu': numeric(0, 100_000),
  '*.cid': integer(1),
  '*.rid': integer(1),
  port,
  // What was queued when a closed connection was closed depends on the moment.
  'connections[].pending_bytes': integer(0, 10_000_000),
  'connections[].port': port,
  'cluster.cluster_port': port,
  'routes[].port': port,
  'leafs[].port': port,
  config_digest: matches(/^sha256:[0-9a-f]{64}$/),
  tls_cert_not_after: time,
  // The server's own subscriptions count too, and differ with the services inside it.
  subscriptions: integer(0, 10_000),
  'account_detail.subscriptions': integer(0, 10_000),
  '*.num_subscriptions': integer(0, 10_000),
  '*.num_cache': integer(0, 10_000),
  '*.num_inserts': integer(0, 100_000),
  '*.num_removes': integer(0, 100_000),
  '*.num_matches': integer(0, 100_000),
  '*.cache_hit_rate': numeric(0, 1),
  '*.max_fanout': integer(0, 10_000),
  '*.avg_fanout': numeric(0, 10_000),
  http_req_stats: (v) => typeof v === 'object' && v !== null,
};

function apply(name: string, check: Check, value: unknown): string {
  return check(value) ? `"<${name}>"` : `"<bad ${name}: ${String(JSON.stringify(value))}>"`;
}

function maskInfo(line: string): string {
  const json = line.slice(5).trimEnd();
  try {
    const masked = maskJson(json, (path, value) => {
      const check = infoMasks[path];
      return check ? apply(path, check, value) : undefined;
    });
    let text = `INFO ${masked}${line.slice(5 + json.length)}`;
    for (const name of infoOptional) text = text.replace(`"${name}":"<${name}>",`, '');
    return text;
  } catch {
    return line;
  }
}

export interface MaskOptions {
  /** Messages of one step come in no defined order (fan-out to several subscriptions). */
  unordered: boolean;
  /** Keep PINGs of the server: only sessions about them may depend on their time. */
  pings: boolean;
}

/** Masks a stretch of what a client connection received; latin1 text. */
export function maskOutput(text: string, options: MaskOptions): string {
  const { frames, rest } = splitFrames(text);
  const kept = frames
    .filter((frame) => options.pings || frame !== 'PING\r\n')
    .map((frame) =>
      frame.startsWith('INFO ') ? maskInfo(frame) : maskMessage(frame, options.unordered),
    );
  if (options.unordered) kept.sort();
  return kept.join('') + rest;
}

function monitorRule(path: string): [string, Check] | undefined {
  const exact = monitorMasks[path];
  if (exact) return [path, exact];
  const last = path.slice(path.lastIndexOf('.') + 1);
  const any = monitorMasks[`*.${last}`];
  return any ? [last, any] : undefined;
}

/** Lists that come from Go maps: their order means nothing. */
const unorderedLists = new Set([
  'connections[].subscriptions_list',
  'connections[].subscriptions_list_detail',
  'subscriptions_list',
  'accounts',
  'account_statz',
  'account_detail.imports',
  'account_detail.exports',
  'account_detail.mappings',
]);

/** Entries that the server makes for its own services; which there are is its own affair. */
function isInternal(item: unknown): boolean {
  const subject = typeof item === 'object' && item !== null && 'subject' in item && item.subject;
  return typeof subject === 'string' && subject.startsWith('$SYS.');
}

function sorted(masked: string): string {
  const items = (JSON.parse(masked) as unknown[]).filter((item) => !isInternal(item));
  return `[unordered ${items
    .map((item) => JSON.stringify(item))
    .sort()
    .join(', ')}]`;
}

/** Without the server's own imports an account may have none; the real server always has some. */
const internalImports = /^ *"imports": \[unordered \],\n/m;
/** What tnatsd adds at the end of /varz: its own version (a deliberate difference). */
const ownVersion = /,\n {2}"tnatsd_version": "\d+\.\d+\.\d+[^"]*"\n\}$/;

export interface DocumentMask {
  /** Equal sort keys leave the order of the connections open. */
  unorderedConnections: boolean;
}

/** Masks a monitoring document; other text than JSON comes back as it is. */
export function maskDocument(text: string, options: DocumentMask): string {
  if (!/^[[{]/.test(text)) return text;
  const lists = new Set(unorderedLists);
  if (options.unorderedConnections) lists.add('connections');
  // The total of subscriptions counts the server's own, that of connections does not.
  const isSubsz = text.includes('"num_cache"');
  const masked = maskJson(text, (path, value, inner) => {
    if (lists.has(path) && Array.isArray(value)) return sorted(inner);
    if (isSubsz && path === 'total') return apply(path, integer(0, 10_000), value);
    const rule = value === '' ? undefined : monitorRule(path);
    return rule ? apply(rule[0], rule[1], value) : undefined;
  });
  return masked.replace(internalImports, '').replace(ownVersion, '\n}');
}
