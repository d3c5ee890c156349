import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Options } from '../../src/options/types.ts';
import {
  type CoreServer,
  eventually,
  hello,
  pause,
  RawClient,
  startCore,
  withCore,
} from './raw-client.ts';

/* Lame duck mode with none, one and many clients, short times, and a stop in the middle of it. */

/** Shorter than the configuration language allows, in milliseconds. */
const times = (grace: number, duration: number) => (options: Options) => {
  options.lameDuckGracePeriodNs = BigInt(grace) * 1_000_000n;
  options.lameDuckDurationNs = BigInt(duration) * 1_000_000n;
};
const ducks = (grace: number, duration: number, body: (core: CoreServer) => Promise<void>) =>
  withCore('', body, times(grace, duration));
const modern = 'CONNECT {"verbose":false,"protocol":1}\r\nPING\r\n';

test('without clients lame duck mode is a stop at once', async () => {
  await ducks(10000, 30000, async ({ program }) => {
    const start = Date.now();
    program.lameDuck();
    await program.stopped;
    assert.ok(Date.now() - start < 5000);
  });
});

test('one client is told, gets its grace, then is closed', async () => {
  await ducks(150, 300, async ({ port, program, log }) => {
    const client = await RawClient.open(port, modern);
    await client.until('PONG');
    const start = Date.now();
    program.lameDuck();
    program.lameDuck();
    await client.until(/INFO .*"ldm":true/);
    assert.ok(!client.closed);
    client.send('SUB a 1\r\nPUB a 2\r\nhi\r\n');
    await client.until('MSG a 1 2');
    await program.stopped;
    await client.untilClosed();
    const ms = Date.now() - start;
    assert.ok(ms >= 145 && ms < 5000, `${ms} ms`);
    assert.equal(client.text.match(/"ldm":true/g)?.length, 1);
    assert.equal(log.filter((line) => line.includes('Entering lame duck mode')).length, 1);
  });
});

test('many clients are closed one by one within the duration, new ones are not let in', async () => {
  await ducks(50, 450, async ({ port, program, server }) => {
    const clients = await Promise.all(
      Array.from({ length: 40 }, () => RawClient.open(port, modern)),
    );
    await Promise.all(clients.map((one) => one.until('PONG')));
    const start = Date.now();
    program.lameDuck();
    const late = await RawClient.open(port, modern);
    await late.untilClosed();
    assert.equal(late.text, '');
    const seen = new Set<number>();
    const watch = setInterval(() => seen.add(server.clients.size), 5);
    await program.stopped;
    clearInterval(watch);
    const ms = Date.now() - start;
    assert.ok(ms > 250 && ms < 8000, `${ms} ms`);
    assert.ok(seen.size > 5, 'they went at different times');
    for (const one of clients) await one.untilClosed();
  });
});

test('a duration shorter than a millisecond per client closes them in batches', async () => {
  await ducks(1, 11, async ({ port, program }) => {
    const clients = await Promise.all(
      Array.from({ length: 50 }, () => RawClient.open(port, modern)),
    );
    await Promise.all(clients.map((one) => one.until('PONG')));
    const start = Date.now();
    program.lameDuck();
    await program.stopped;
    assert.ok(Date.now() - start < 5000);
    for (const one of clients) await one.untilClosed();
  });
});

test('a stop in lame duck mode does not wait for its end', async () => {
  for (const when of [20, 200]) {
    const core = await startCore('', times(100, 20000));
    const clients = await Promise.all([1, 2, 3].map(() => RawClient.open(core.port, modern)));
    await Promise.all(clients.map((one) => one.until('PONG')));
    core.program.lameDuck();
    await pause(when);
    const start = Date.now();
    await core.close();
    assert.ok(Date.now() - start < 5000);
    for (const one of clients) await one.untilClosed();
    await pause(150);
    const stops = core.log.filter((line) => line.includes('Server Exiting'));
    assert.equal(stops.length, 1);
    if (when === 20) assert.doesNotMatch(core.log.join(), /Closing existing clients/);
  }
});

test('clients that leave by themselves end lame duck mode within its duration', async () => {
  await ducks(20, 220, async ({ port, program, server }) => {
    const client = await RawClient.open(port, `${hello}PING\r\n`);
    await client.until('PONG');
    program.lameDuck();
    client.end();
    await eventually('it is gone', () => server.clients.size === 0);
    await program.stopped;
  });
});
