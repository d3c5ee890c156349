import assert from 'node:assert/strict';
import test from 'node:test';
import { FakeContext } from './fake-context.ts';
import { buildMetrics } from './metrics.ts';
import { MetricsText } from './metrics-text.ts';

test('names, labels and values are those of the exporter', () => {
  const context = new FakeContext();
  const connection = context.connect(['foo', 'bar']);
  connection.inMsgs = 7;
  context.httpRequests.set('/varz', 2);
  context.httpRequests.set('/', 1);
  context.options.cluster.name = 'C1';
  const lines = buildMetrics(context).split('\n');
  const id = 'server_id="NFAKE"';
  const expected = [
    `gnatsd_varz_connections{${id}} 1`,
    `gnatsd_varz_ping_interval{${id}} 120000000000`,
    `gnatsd_varz_version{${id},value="2.15.2"} 1`,
    `gnatsd_varz_cluster_name{${id},value="C1"} 1`,
    `gnatsd_varz_start{${id}} ${context.startMs}`,
    `gnatsd_varz_http_req_stats_varz{${id}} 2`,
    `gnatsd_varz_http_req_stats{${id}} 1`,
    `gnatsd_varz_slow_consumer_stats_clients{${id}} 0`,
    `gnatsd_connz_num_connections{${id}} 1`,
    `gnatsd_connz_in_msgs{${id}} 7`,
    `gnatsd_connz_subscriptions{${id}} 2`,
    `gnatsd_subsz_num_subscriptions{${id}} 2`,
    `gnatsd_routez_num_routes{${id}} 0`,
    `gnatsd_healthz_status{${id}} 0`,
    `gnatsd_healthz_status_value{${id},value="ok"} 1`,
    `gnatsd_accstatz_current_connections{${id},account="$G",account_id="$G",account_name="$G"} 1`,
    `tnatsd_process_cpu_seconds_total{${id}} 1.5`,
    `tnatsd_build_info{${id},version="0.1.0"} 1`,
  ];
  for (const line of expected) assert.ok(lines.includes(line), line);
});

test('every line is well-formed and every metric is declared once', () => {
  const text = buildMetrics(new FakeContext());
  const declared = [...text.matchAll(/^# TYPE (\S+) (?:gauge|counter)$/gm)].map((m) => m[1]);
  assert.equal(new Set(declared).size, declared.length);
  for (const line of text.trimEnd().split('\n')) {
    assert.match(line, /^(#|[a-z][a-z0-9_]*\{([a-z_]+="[^"]*",?)+\} -?[0-9.e+-]+$)/);
  }
});

test('labels are escaped', () => {
  const text = new MetricsText();
  text.add('m', 'gauge', 'a\\b\nc', 1, [['l', '"\\\n']]);
  assert.equal(String(text), '# HELP m a\\\\b\\nc\n# TYPE m gauge\nm{l="\\"\\\\\\n"} 1\n');
});
