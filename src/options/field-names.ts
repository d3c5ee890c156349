import { formatDuration } from './duration.ts';
import type { Options } from './types.ts';

/** Fields whose name in nats-server is not just ours in upper case without its unit. */
const exceptions: Record<string, string> = {
  httpHost: 'HTTPHost',
  httpPort: 'HTTPPort',
  httpBasePath: 'HTTPBasePath',
  httpsPort: 'HTTPSPort',
  logtimeUtc: 'LogtimeUTC',
  tls: 'TLSConfig',
  tlsTimeoutSeconds: 'TLSTimeout',
  allowNonTls: 'AllowNonTLS',
  mqtt: 'MQTT',
  jetstream: 'JetStream',
  operatorJwts: 'TrustedOperators',
  resolver: 'AccountResolver',
  resolverTls: 'AccountResolverTLSConfig',
  ocsp: 'OCSPConfig',
  ocspCache: 'OCSPCacheConfig',
};

/** What nats-server calls a field of its options in messages, e.g. `PingInterval`. */
export function goFieldName(field: keyof Options | (string & {})): string {
  const plain = field.replace(/(Ns|Seconds)$/, '');
  return exceptions[field] ?? plain.charAt(0).toUpperCase() + plain.slice(1);
}

const secret = /password|credentials|secret|^(token|key|oldKey|nkey|authorization)$/i;

/** A value as Go's `%v` prints it; what is secret is not shown. */
export function shownValue(field: string, value: unknown): string {
  if (typeof value === 'bigint') return field.endsWith('Ns') ? formatDuration(value) : `${value}`;
  if (Array.isArray(value)) return `[${value.map((one) => shownValue(field, one)).join(' ')}]`;
  if (value === undefined) return '<nil>';
  if (field === 'writeTimeout' && value === 'default') return '';
  if (secret.test(field)) return '[REDACTED]';
  if (typeof value !== 'object' || value === null) return String(value);
  const entries = Object.entries(value).filter(([, one]) => typeof one !== 'object');
  return `map[${entries.map(([key, one]) => `${key}:${shownValue(key, one)}`).join(' ')}]`;
}
