import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '../platform/logger.ts';
import { RequestLine, waitingBytesMax, waitingRequestsMax } from './request-line.ts';

test('requests are served in their order; one that fails is logged and holds up nobody', async () => {
  const errors: string[] = [];
  const line = new RequestLine({ ...silentLogger, error: (text) => void errors.push(text) });
  const served: number[] = [];
  line.add(0, async () => {
    await new Promise((resolve) => setTimeout(resolve, 10));
    served.push(1);
  });
  line.add(0, () => Promise.reject(new Error('no luck')));
  line.add(0, () => Promise.resolve(void served.push(2)));
  await line.settled();
  assert.deepEqual(served, [1, 2]);
  assert.deepEqual(errors, ['DirResolver - Request resulted in error: no luck']);
});

test('requests that wait are bounded in number and bytes, and there is room again later', async () => {
  const line = new RequestLine(silentLogger);
  const nothing = (): Promise<void> => Promise.resolve();
  for (let i = 0; i < waitingRequestsMax; i++) assert.ok(line.add(0, nothing));
  assert.equal(line.add(0, nothing), false);
  await line.settled();
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(line.add(waitingBytesMax, nothing));
  assert.equal(line.add(1, nothing), false);
  await line.settled();
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(line.add(1, nothing));
});
