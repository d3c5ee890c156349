import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultOptions } from './default-options.ts';
import { flagRows } from './flags.ts';

/** Every flag of nats-server 2.15.2 (`fs.*Var` of ConfigureOptions). */
const known =
  'h help port p n name server_name addr a net client_advertise D debug V VV trace DV DVV T logtime ' +
  'logtime_utc user pass auth m http_port ms https_port c config t sl signal P pid ports_file_dir l log ' +
  'log_size_limit s syslog r remote_syslog version v profile routes cluster cluster_listen ' +
  'cluster_advertise no_advertise connect_retries cluster_name help_tls tls tlsverify tlscert tlskey ' +
  'tlscacert max_traced_msg_len js jetstream sd store_dir';

test('there is every flag of nats-server, once', () => {
  const names = flagRows.flatMap((row) => row.names);
  assert.equal(new Set(names).size, names.length);
  const missing = known.split(' ').filter((name) => !names.includes(name));
  assert.deepEqual(missing, []);
});

test('a flag sets its option', () => {
  const options = defaultOptions();
  const apply = (name: string, value: boolean | string | number | bigint) =>
    flagRows.find((row) => row.names.includes(name))?.apply?.(options, value);
  apply('DVV', true);
  apply('p', 4333);
  apply('log_size_limit', 5n);
  apply('cluster', 'nats://a:1');
  apply('js', true);
  assert.deepEqual(
    [options.debug, options.trace, options.traceVerbose, options.port, options.logSizeLimit],
    [true, true, true, 4333, 5n],
  );
  assert.equal(options.cluster.listenStr, 'nats://a:1');
  assert.equal(options.jetstream.enabled, true);
});
