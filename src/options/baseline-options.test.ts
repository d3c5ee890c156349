import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setBaselineOptions } from './baseline-options.ts';
import { defaultOptions, emptyRemoteLeaf, emptyTls } from './default-options.ts';
import { minute, second } from './duration.ts';
import { parseGoUrl } from './go-url.ts';
import type { Options } from './types.ts';

function baseline(change: (options: Options) => void = () => {}): Options {
  const options = defaultOptions();
  change(options);
  setBaselineOptions(options);
  return options;
}

test('what is not set gets the defaults of nats-server', () => {
  const options = baseline();
  assert.equal(options.host, '0.0.0.0');
  assert.equal(options.httpHost, '0.0.0.0');
  assert.equal(options.port, 4222);
  assert.equal(options.maxConn, 65536);
  assert.equal(options.pingIntervalNs, 2n * minute);
  assert.equal(options.maxPingsOut, 2);
  assert.equal(options.maxControlLine, 4096);
  assert.equal(options.maxPayload, 1024 * 1024);
  assert.equal(options.maxPending, 64 * 1024 * 1024);
  assert.equal(options.writeDeadlineNs, 10n * second);
  assert.equal(options.authTimeoutSeconds, 2);
  assert.equal(options.tlsTimeoutSeconds, 2);
  assert.equal(options.lameDuckDurationNs, 2n * minute);
  assert.equal(options.lameDuckGracePeriodNs, 10n * second);
  assert.equal(options.maxClosedClients, 10_000);
  assert.equal(options.jetstream.maxMemory, -1n);
  assert.equal(options.cluster.poolSize, 0);
});

test('what is set stays', () => {
  const options = baseline((one) => {
    one.port = 4333;
    one.maxConn = -1;
    one.maxPayload = 10;
    one.host = '::1';
  });
  assert.deepEqual(
    [options.port, options.maxConn, options.maxPayload, options.httpHost],
    [4333, -1, 10, '::1'],
  );
});

test('port -1 becomes 0: any free port', () => {
  assert.equal(baseline((options) => (options.port = -1)).port, 0);
});

test('authentication may take one second longer than the handshake', () => {
  const options = baseline((one) => {
    one.tls = emptyTls();
    one.tlsTimeoutSeconds = 5;
  });
  assert.equal(options.authTimeoutSeconds, 6);
});

test('a cluster pins the system account unless there is none or pooling is off', () => {
  const pinned = (change: (options: Options) => void) =>
    baseline((options) => {
      options.cluster.port = 6222;
      change(options);
    }).cluster.pinnedAccounts;
  assert.deepEqual(
    pinned(() => {}),
    ['$SYS'],
  );
  assert.deepEqual(
    pinned((options) => (options.systemAccount = 'S')),
    ['S'],
  );
  assert.deepEqual(
    pinned((options) => (options.noSystemAccount = true)),
    [],
  );
  assert.deepEqual(
    pinned((options) => (options.cluster.poolSize = -1)),
    [],
  );
});

test('a remote without port gets that of leaf nodes', () => {
  const options = baseline((one) => {
    const urls = ['nats://u:p@hub', 'nats://[::1]:7000', 'wss://hub/leafnode'].map(parseGoUrl);
    one.leafNode.remotes = [{ ...emptyRemoteLeaf(), urls }];
  });
  const [remote] = options.leafNode.remotes;
  assert.deepEqual(
    remote?.urls.map((url) => url.href),
    ['nats://u:p@hub:7422', 'nats://[::1]:7000', 'wss://hub:7422/leafnode'],
  );
  assert.equal(remote?.compression.mode, 's2_auto');
  assert.equal(remote?.firstInfoTimeoutNs, second);
});
