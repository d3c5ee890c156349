/** Which servers a request is for: by name, host, cluster, tags and domain. */
import type { GoRecord } from '../base/go-json-decode.ts';
import type { EventsHost } from './events-host.ts';

/** False when another server is meant. Without `exact_match` a part of a name is enough. */
export function isForUs(filter: GoRecord, host: EventsHost): boolean {
  const { server_name, host: address } = host.info();
  const exact = filter.bool('exact_match');
  const fits = (key: string, ours: string): boolean => {
    const wanted = filter.text(key);
    if (wanted === '') return true;
    return exact ? wanted === ours : ours.includes(wanted);
  };
  if (!fits('server_name', server_name) || !fits('host', address)) return false;
  if (!fits('cluster', host.clusterName)) return false;
  const domain = filter.text('domain');
  return hasTags(filter, host) && (domain === '' || domain === host.options.jetstream.domain);
}

/** All of them; letter case and surrounding space do not count. */
function hasTags(filter: GoRecord, host: EventsHost): boolean {
  const wanted = filter.list('tags');
  if (wanted.length === 0) return true;
  const ours = new Set(host.options.tags.map((tag) => tag.trim().toLowerCase()));
  return wanted.every((tag) => ours.has(tag.trim().toLowerCase()));
}
