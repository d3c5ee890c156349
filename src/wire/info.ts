/**
 * The INFO line. Keys, their order and what is left out when empty follow nats-server's Info
 * struct; clients decide about TLS, authentication and features from it (traps T21, T22).
 */
import { goJson } from '../base/go-json.ts';

/** Fields in wire order; undefined (or an empty list) is left out. */
export interface ServerInfo {
  server_id: string;
  server_name: string;
  version: string;
  proto: number;
  git_commit?: string | undefined;
  go: string;
  host: string;
  port: number;
  headers: boolean;
  auth_required?: true | undefined;
  tls_required?: true | undefined;
  tls_verify?: true | undefined;
  tls_available?: true | undefined;
  max_payload: number;
  jetstream?: true | undefined;
  ip?: string | undefined;
  client_id?: number | undefined;
  client_ip?: string | undefined;
  nonce?: string | undefined;
  cluster?: string | undefined;
  cluster_dynamic?: true | undefined;
  domain?: string | undefined;
  connect_urls?: string[] | undefined;
  ldm?: true | undefined;
  connect_info?: true | undefined;
  remote_account?: string | undefined;
  acc_is_sys?: true | undefined;
  api_lvl?: number | undefined;
  xkey?: string | undefined;
}

const order: readonly (keyof ServerInfo)[] = [
  'server_id',
  'server_name',
  'version',
  'proto',
  'git_commit',
  'go',
  'host',
  'port',
  'headers',
  'auth_required',
  'tls_required',
  'tls_verify',
  'tls_available',
  'max_payload',
  'jetstream',
  'ip',
  'client_id',
  'client_ip',
  'nonce',
  'cluster',
  'cluster_dynamic',
  'domain',
  'connect_urls',
  'ldm',
  'connect_info',
  'remote_account',
  'acc_is_sys',
  'api_lvl',
  'xkey',
];

/** `INFO {json} \r\n`: nats-server joins the parts with blanks, hence the one before CRLF. */
export function encodeInfo(info: ServerInfo): string {
  const ordered: Record<string, unknown> = {};
  for (const key of order) {
    const value = info[key];
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
    ordered[key] = value;
  }
  return `INFO ${goJson(ordered)} \r\n`;
}
