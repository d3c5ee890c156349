/**
 * /metrics: the documents as Prometheus text, under the names that prometheus-nats-exporter gives
 * them (`gnatsd_<document>_<field>`, label `server_id`), so that existing dashboards and alerts work
 * without it. /varz, /subsz and /routez are flattened field by field by the exporter's rules: numbers
 * are gauges, some texts are gauges of 1 with the label `value`, some times are milliseconds since
 * 1970. Sums over connections cover all of them, not only a page of 1024.
 *
 * Beside them stand the numbers of this process, `tnatsd_process_…`.
 */
import { buildAccountStat } from '../events/account-stat.ts';
import type { MonitorContext } from './context.ts';
import { buildHealthz } from './healthz.ts';
import { type Labels, MetricsText } from './metrics-text.ts';
import { buildRoutez } from './routez.ts';
import { buildSubsz } from './subsz.ts';
import { buildVarz } from './varz.ts';

const skippedFields = new Set([
  'leaf',
  'trusted_operators_claim',
  'cluster_tls_timeout',
  'cluster_cluster_port',
  'cluster_auth_timeout',
  'gateway_port',
  'gateway_auth_timeout',
  'gateway_tls_timeout',
  'gateway_connect_retries',
]);
const textFields = new Set(['server_id', 'server_name', 'version', 'domain', 'leader', 'name']);
const timeFields = new Set(['start', 'config_load_time']);

export function buildMetrics(context: MonitorContext): string {
  const text = new MetricsText();
  const labels: Labels = [['server_id', context.info().server_id]];
  addDocument(text, 'varz', buildVarz(context), labels);
  addConnections(text, context, labels);
  const subsz = { subs: false, offset: 0n, limit: 0n, test: '', account: '' };
  addDocument(text, 'subsz', buildSubsz(context, subsz), labels);
  addDocument(text, 'routez', buildRoutez(context), labels);
  addHealth(text, context, labels);
  addAccounts(text, context, labels);
  text.add('gnatsd_leafz_conn_nodes_total', 'gauge', 'nodes_total', 0, labels);
  addProcess(text, context, labels);
  return text.toString();
}

/** Every field of a document that is a number or a known text, nested names joined by `_`. */
function addDocument(
  text: MetricsText,
  endpoint: string,
  document: object,
  labels: Labels,
  prefix: readonly string[] = [],
): void {
  const entries = document instanceof Map ? [...document] : Object.entries(document);
  for (const [key, value] of entries as [string, unknown][]) {
    const path = [...prefix, key];
    const field = fieldName(path);
    if (skippedFields.has(field)) continue;
    const name = `gnatsd_${endpoint}_${field}`;
    if (typeof value === 'number' || typeof value === 'bigint') {
      text.add(name, 'gauge', field, value, labels);
    } else if (typeof value === 'string' && timeFields.has(key)) {
      text.add(name, 'gauge', field, Date.parse(value), labels);
    } else if (typeof value === 'string' && textFields.has(key)) {
      text.add(name, 'gauge', field, 1, [...labels, ['value', value]]);
    } else if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      addDocument(text, endpoint, value, labels, path);
    }
  }
}

/** Slashes and anything else that a metric name cannot have become `_`, never twice in a row. */
function fieldName(path: readonly string[]): string {
  return path
    .join('_')
    .replaceAll(/[^A-Za-z0-9_]+/g, '_')
    .replaceAll(/_+/g, '_')
    .replaceAll(/^_|_$/g, '');
}

function addConnections(text: MetricsText, context: MonitorContext, labels: Labels): void {
  const sums = {
    pending_bytes: 0,
    subscriptions: 0,
    in_bytes: 0,
    out_bytes: 0,
    in_msgs: 0,
    out_msgs: 0,
  };
  let count = 0;
  for (const connection of context.connections()) {
    count++;
    sums.pending_bytes += connection.outbound.pendingBytes;
    sums.subscriptions += connection.subs.size;
    sums.in_bytes += connection.inBytes;
    sums.out_bytes += connection.outBytes;
    sums.in_msgs += connection.inMsgs;
    sums.out_msgs += connection.outMsgs;
  }
  const add = (field: string, value: number): void => {
    const type = /^(in|out)_/.test(field) ? 'counter' : 'gauge';
    text.add(`gnatsd_connz_${field}`, type, field, value, labels);
  };
  add('num_connections', count);
  add('total', count);
  add('offset', 0);
  add('limit', 1024);
  for (const [field, value] of Object.entries(sums)) add(field, value);
}

function addHealth(text: MetricsText, context: MonitorContext, labels: Labels): void {
  const { status } = buildHealthz(context, {
    jsEnabled: false,
    jsEnabledOnly: false,
    jsServerOnly: false,
    jsMetaOnly: false,
    account: '',
    stream: '',
    consumer: '',
    details: false,
  });
  const good = status === 'ok';
  // The exporter's `status` is 0 when all is well.
  text.add('gnatsd_healthz_status', 'gauge', 'status', good ? 0 : 1, labels);
  const valued: Labels = [...labels, ['value', status]];
  text.add('gnatsd_healthz_status_value', 'gauge', 'status', good ? 1 : 0, valued);
}

function addAccounts(text: MetricsText, context: MonitorContext, labels: Labels): void {
  for (const account of context.accounts()) {
    const stat = buildAccountStat(account);
    const named: Labels = [
      ...labels,
      ['account', stat.acc],
      ['account_id', stat.acc],
      ['account_name', stat.name],
    ];
    const add = (field: string, value: number): void => {
      text.add(`gnatsd_accstatz_${field}`, 'gauge', field, value, named);
    };
    add('current_connections', stat.conns);
    add('total_connections', stat.total_conns);
    add('subscriptions', stat.num_subscriptions);
    add('leaf_nodes', stat.leafnodes);
    add('sent_messages', stat.sent.msgs);
    add('sent_bytes', stat.sent.bytes);
    add('received_messages', stat.received.msgs);
    add('received_bytes', stat.received.bytes);
    add('slow_consumers', stat.slow_consumers);
  }
}

function addProcess(text: MetricsText, context: MonitorContext, labels: Labels): void {
  const { process } = context;
  const memory = process.memory();
  const { user, system } = process.cpuSeconds();
  const gauge = (name: string, help: string, value: number): void => {
    text.add(`tnatsd_process_${name}`, 'gauge', help, value, labels);
  };
  const built: Labels = [...labels, ['version', context.tnatsdVersion]];
  text.add('tnatsd_build_info', 'gauge', 'Version of tnatsd.', 1, built);
  const cpuHelp = 'CPU time used, in seconds.';
  text.add('tnatsd_process_cpu_seconds_total', 'counter', cpuHelp, user + system, labels);
  gauge('resident_memory_bytes', 'Resident memory, in bytes.', memory.rss);
  gauge('heap_bytes', 'Size of the JavaScript heap, in bytes.', memory.heapTotal);
  gauge('heap_used_bytes', 'Used part of the JavaScript heap, in bytes.', memory.heapUsed);
  gauge('external_memory_bytes', 'Memory of buffers outside the heap, in bytes.', memory.external);
  gauge(
    'start_time_seconds',
    'Start of the process since 1970, in seconds.',
    process.startMs / 1000,
  );
}
