/**
 * What may differ between two servers in answers and events of the system account. Everything else
 * is compared value by value; what is masked is checked for type and range.
 */
import { isPublicJwt } from '../../../src/auth/shown-claims.ts';
import { maskJson } from '../mask-json.ts';
import { monitorMasks } from '../masks.ts';

type Check = (value: unknown) => boolean;

const matches =
  (pattern: RegExp): Check =>
  (value) =>
    typeof value === 'string' && pattern.test(value);
const count: Check = (value) => Number.isInteger(value) && (value as number) >= 0;
const time = matches(/^2[01]\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/);
const serverId = matches(/^N[A-Z2-7]{55}$/);
const roundTrip: Check = (value) =>
  typeof value === 'string' ? matches(/^[\d.]+(ns|µs|ms|s)$/)(value) : count(value);

/** By path without the envelope's `data.` and `statsz.`; `*.x` is x at any depth. */
const masks: Record<string, Check> = {
  'server.id': serverId,
  'server.seq': count,
  'server.time': time,
  id: (value) => serverId(value) || matches(/^[0-9A-Za-z]{22}$/)(value),
  seq: count,
  time,
  timestamp: time,
  'client.id': count,
  'client.stop': time,
  '*.rtt': roundTrip,
  'connections[].pending_bytes': count,
  'connections[].port': count,
  // Bytes of documents differ in the digits of their times.
  '*.out_bytes': count,
  '*.out_client_bytes': count,
  // How much of it has been counted when a document is made depends on the moment.
  'connections[].in_msgs': count,
  'connections[].in_bytes': count,
  'connections[].out_msgs': count,
  in_msgs: count,
  in_bytes: count,
  in_client_msgs: count,
  in_client_bytes: count,
  out_msgs: count,
  out_client_msgs: count,
  '*.sent': (value) => typeof value === 'object' && value !== null,
  '*.received': (value) => typeof value === 'object' && value !== null,
  '*.received_from_clients': (value) => typeof value === 'object' && value !== null,
  '*.sent_to_clients': (value) => typeof value === 'object' && value !== null,
  // What a JavaScript runtime has no number for is 0 or another number.
  '*.memstats': (value) => typeof value === 'object' && value !== null,
  cmdline: (value) => Array.isArray(value),
  // Of internal subscriptions; those of clients have the ones the client gave.
  'subscriptions_list[].cid': count,
  'subscriptions_list[].sid': matches(/^\w+$/),
  total: count,
};

const unorderedLists = new Set([
  'subscriptions_list',
  'accounts',
  'account_statz',
  'imports',
  'exports',
  'account_detail.imports',
  'account_detail.exports',
  'permissions.publish.allow',
  'permissions.publish.deny',
  'permissions.subscribe.allow',
  'permissions.subscribe.deny',
  'connections[].subscriptions_list',
]);

/** Of what a client sent and got, all but the bytes of documents is the same everywhere. */
const disconnectMasks: Record<string, Check | undefined> = {
  sent: undefined,
  received: undefined,
  'received.bytes': count,
};
/** Ours does not show it: a deliberate difference. */
const bearer = '"<bearer>"';
const guest = matches(/^nats-[\w-]{8}$/);

function ruleOf(path: string): [string, Check] | undefined {
  const last = path.slice(path.lastIndexOf('.') + 1);
  const check =
    masks[path] ?? masks[`*.${last}`] ?? monitorMasks[path] ?? monitorMasks[`*.${last}`];
  return check && [last, check];
}

function apply(name: string, check: Check, value: unknown): string {
  return check(value) ? `"<${name}>"` : `"<bad ${name}: ${String(JSON.stringify(value))}>"`;
}

/** The server's own id and the ids of named clients are replaced before. */
export function maskMessage(text: string): string {
  if (!text.startsWith('{')) return text;
  const disconnect = text.startsWith('{"type":"io.nats.server.advisory.v1.client_disconnect"');
  return maskJson(text, (path, value, inner) => {
    const bare = path.replace(/^(data|statsz)\./, '');
    if (unorderedLists.has(bare) && Array.isArray(value)) {
      const items = (JSON.parse(inner) as unknown[]).map((item) => JSON.stringify(item));
      return `["unordered", ${items.sort().join(', ')}]`;
    }
    if (bare.endsWith('jwt') && typeof value === 'string' && !isPublicJwt(value)) return bearer;
    if (guest(value)) return '"<guest>"';
    if (disconnect && bare in disconnectMasks) {
      const check = disconnectMasks[bare];
      return check && apply(bare, check, value);
    }
    const rule = value === '' ? undefined : ruleOf(bare);
    return rule && apply(rule[0], rule[1], value);
  })
    .replaceAll(`"jwt":${bearer},`, '')
    .replace(/,"tnatsd_version":"[^"]*"/, '');
}
