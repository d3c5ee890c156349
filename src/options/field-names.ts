import type { Options } from './types.ts';

/** Fields whose name in nats-server is not just ours in upper case without its unit. */
const exceptions: Partial<Record<keyof Options, string>> = {
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
export function goFieldName(field: keyof Options): string {
  const plain = field.replace(/(Ns|Seconds)$/, '');
  return exceptions[field] ?? plain.charAt(0).toUpperCase() + plain.slice(1);
}
