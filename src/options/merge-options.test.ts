import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultOptions } from './default-options.ts';
import { mergeOptions } from './merge-options.ts';

test('flags win over the file where they are set, and change neither', () => {
  const file = defaultOptions();
  Object.assign(file, { port: 1, host: 'file', logtime: false, debug: true });
  file.cluster.listenStr = 'nats://file:1';
  const flags = defaultOptions();
  Object.assign(flags, {
    port: 2,
    logtime: false,
    trace: true,
    routesStr: 'nats://a:1, nats://b:2',
  });
  flags.cluster.noAdvertise = true;
  flags.jetstream.enabled = true;
  const merged = mergeOptions(file, flags);
  assert.equal(merged.port, 2);
  assert.equal(merged.host, 'file');
  assert.equal(merged.debug, true);
  assert.equal(merged.trace, true);
  assert.equal(merged.logtime, false);
  assert.equal(merged.cluster.listenStr, 'nats://file:1');
  assert.equal(merged.cluster.noAdvertise, true);
  assert.equal(merged.jetstream.enabled, true);
  assert.deepEqual(
    merged.routes.map((route) => route.host),
    ['a:1', 'b:2'],
  );
  assert.equal(file.port, 1);
  assert.equal(file.cluster.noAdvertise, false);
  assert.equal(file.jetstream.enabled, false);
});
