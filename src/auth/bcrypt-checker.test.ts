import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashSync } from 'bcryptjs';
import { nodeWorkers } from '../platform/node-worker.ts';
import type { WorkerHandler, Workers } from '../platform/worker.ts';
import { BcryptChecker, questionsMax, waitersMax } from './bcrypt-checker.ts';
import { equalSecrets, hasPlaintextPasswords, isBcrypt, normalizeBcrypt } from './password.ts';

const random = { below: () => 0, bytes: (n: number) => Buffer.alloc(n, 7) };

/** A worker under the test's control: `answer` answers the message asked last. */
function fakeWorkers() {
  const asked: { hash: string; password: string }[] = [];
  const state = {
    asked,
    started: 0,
    terminated: 0,
    handler: undefined as WorkerHandler | undefined,
  };
  const workers: Workers = {
    start(_source, handler) {
      state.started++;
      state.handler = handler;
      return {
        post: (message) => void asked.push(message as (typeof asked)[0]),
        terminate: () => void state.terminated++,
      };
    },
  };
  return { state, workers, answer: (yes: boolean) => state.handler?.onMessage(yes) };
}

test('a real worker compares every kind of hash, and the process ends without close', async (t) => {
  // The thread does not keep the process alive: in a server a connection does.
  const alive = setInterval(() => {}, 1000);
  t.after(() => clearInterval(alive));
  const checker = new BcryptChecker(nodeWorkers, random);
  const hash = hashSync('secret', 4);
  const long = 'é'.repeat(60);
  for (const version of ['2a', '2b', '2x', '2y']) {
    const other = hash.replace('2b', version);
    assert.equal(await checker.compare(other, 'secret'), true, version);
    assert.equal(await checker.compare(other, 'Secret'), false, version);
  }
  assert.equal(await checker.compare(`${hash}trailing`, 'secret'), true);
  assert.equal(await checker.compare(hash.slice(0, 59), 'secret'), false);
  assert.equal(await checker.compare('$2a$99$not a hash', 'secret'), false);
  assert.equal(await checker.compare(hashSync(long, 4), long), true);
  // Only 72 bytes count, as in Go when it compares.
  assert.equal(await checker.compare(hashSync(long.slice(0, 36), 4), `${long}x`), true);
});

test('the event loop is free while a password is compared', async () => {
  const checker = new BcryptChecker(nodeWorkers, random);
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  await checker.compare('$2a$10$aaaaaaaaaaaaaaaaaaaaaeaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'x');
  clearInterval(timer);
  checker.close();
  assert.ok(turns > 5, `${turns} turns`);
});

test('the same question is asked once, a good answer remembered, a bad one not', async () => {
  const { state, workers, answer } = fakeWorkers();
  const checker = new BcryptChecker(workers, random);
  const first = [checker.compare('h', 'good'), checker.compare('h', 'good')];
  const bad = checker.compare('h', 'bad');
  assert.equal(state.asked.length, 1, 'one at a time');
  answer(true);
  assert.deepEqual(await Promise.all(first), [true, true]);
  assert.equal(checker.compare('h', 'good'), true, 'at once');
  answer(false);
  assert.equal(await bad, false);
  const again = checker.compare('h', 'bad');
  assert.ok(again instanceof Promise);
  answer(false);
  assert.equal(await again, false);
  assert.equal(state.asked.length, 3);
  assert.equal(state.started, 1);
});

test('who is gone is skipped', async () => {
  const { state, workers, answer } = fakeWorkers();
  const checker = new BcryptChecker(workers, random);
  const first = checker.compare('h', '1');
  let gone = false;
  const second = checker.compare('h', '2', () => gone);
  const third = checker.compare('h', '3');
  gone = true;
  answer(false);
  answer(true);
  assert.deepEqual(await Promise.all([first, second, third]), [false, false, true]);
  assert.deepEqual(
    state.asked.map((q) => q.password),
    ['1', '3'],
  );
});

test('the line is bounded', () => {
  const { workers } = fakeWorkers();
  const checker = new BcryptChecker(workers, random);
  for (let i = 0; i < questionsMax; i++) {
    assert.ok(checker.compare('h', `p${i}`) instanceof Promise);
  }
  assert.equal(checker.compare('h', 'one more'), undefined);
  for (let i = questionsMax; i < waitersMax; i++) {
    assert.ok(checker.compare('h', 'p0') instanceof Promise);
  }
  assert.equal(checker.compare('h', 'p0'), undefined);
});

test('a worker that dies refuses its question and is started again', async () => {
  const { state, workers, answer } = fakeWorkers();
  const checker = new BcryptChecker(workers, random);
  const first = checker.compare('h', '1');
  state.handler?.onExit(new Error('out of memory'));
  assert.equal(await first, false);
  const second = checker.compare('h', '2');
  answer(true);
  assert.equal(await second, true);
  assert.equal(state.started, 2);
});

test('close refuses who waits and ends the worker', async () => {
  const { state, workers } = fakeWorkers();
  const checker = new BcryptChecker(workers, random);
  const waiting = [checker.compare('h', '1'), checker.compare('h', '2')];
  checker.close();
  assert.deepEqual(await Promise.all(waiting), [false, false]);
  assert.equal(state.terminated, 1);
  assert.equal(checker.compare('h', '3'), undefined);
});

test('what counts as bcrypt and as a plain password', () => {
  for (const yes of ['$2a$11$x', '$2b$04$', '$2x$10$a', '$2y$31$a b'])
    assert.ok(isBcrypt(yes), yes);
  for (const no of ['', '$2c$11$x', '$2a$1$x', '2a$11$x', 'x$2a$11$x', '$2a$11']) {
    assert.ok(!isBcrypt(no), no);
  }
  assert.equal(normalizeBcrypt(`$2x$${'a'.repeat(80)}`).length, 60);
  const plaintext = (password: string, ...users: string[]) =>
    hasPlaintextPasswords({ password, users: users.map((p) => ({ password: p })) });
  assert.equal(plaintext(''), false);
  assert.equal(plaintext('$2a$11$x', '$2a$11$y'), false);
  assert.equal(plaintext('x'), true);
  assert.equal(plaintext('', ''), true);
  assert.equal(plaintext('', '$2a$11$y', 'x'), true);
  assert.equal(equalSecrets('a', 'a'), true);
  assert.equal(equalSecrets('a', 'ab'), false);
});
