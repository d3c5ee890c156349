import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Timer } from '../platform/clock.ts';
import { Subscription } from '../subject/subscription.ts';
import { Accounts } from './accounts.ts';
import type { ServiceExport } from './imports.ts';
import {
  type ServiceResponse,
  ServiceResponses,
  type UnansweredReason,
} from './service-responses.ts';

interface Due {
  atMs: number;
  callback: () => void;
}

/** Two accounts on a clock that only `pass` moves. */
function world() {
  let nowMs = 1000;
  let drawn = 1;
  const timers: Due[] = [];
  const unanswered: [ServiceResponse, UnansweredReason][] = [];
  const after = (delayMs: number, callback: () => void): Timer => {
    const due = { atMs: nowMs + delayMs, callback };
    timers.push(due);
    return { clear: () => void timers.splice(timers.indexOf(due), 1) };
  };
  const accounts = new Accounts({
    clock: { nowMs: () => nowMs, nowNs: () => 0n, monotonicMs: () => nowMs },
    timers: { after, every: after },
    random: { below: (n) => (drawn = (drawn * 48_271) % 2_147_483_647) % n, bytes: Buffer.alloc },
    sublistCache: true,
  });
  accounts.onUnanswered = (response, reason) => void unanswered.push([response, reason]);
  const pass = (ms: number): void => {
    const until = nowMs + ms;
    for (;;) {
      const next = timers.filter((t) => t.atMs <= until).sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      nowMs = next.atMs;
      timers.splice(timers.indexOf(next), 1);
      next.callback();
    }
    nowMs = until;
  };
  return {
    exporter: accounts.ensure('E'),
    importer: accounts.ensure('I'),
    pass,
    unanswered,
    timers,
  };
}

const service = (thresholdMs: number): { export: ServiceExport; share: boolean } => ({
  export: {
    subject: 'q',
    responseType: 'singleton',
    thresholdMs,
    latency: undefined,
    allowTrace: false,
  },
  share: false,
});

test('a reply subject is found until it is removed; both accounts forget it', () => {
  const { exporter, importer } = world();
  const response = exporter.responses.expect(importer, 'inbox', service(100), '');
  assert.match(response.from, /^_R_\.\w{6}\.\w{6}$/);
  assert.equal(exporter.responses.find(response.from), response);
  assert.equal(importer.responses.awaitedCount, 1);
  assert.equal(exporter.responses.remove(response), true);
  assert.equal(exporter.responses.remove(response), false);
  assert.equal(exporter.responses.find(response.from), undefined);
  assert.equal(importer.responses.awaitedCount, 0);
});

test('one interest per account leads all replies back; measured ones are marked', () => {
  const { exporter, importer } = world();
  const a = exporter.responses.expect(importer, 'x', service(100), '');
  const b = exporter.responses.expect(importer, 'y', service(100), 'abcdefgh');
  assert.equal(exporter.sublist.count, 1);
  assert.ok(b.from.endsWith('.abcdefgh.T'));
  assert.equal(exporter.sublist.matchString(a.from).plain.subs.length, 1);
  assert.equal(exporter.sublist.matchString(b.from).plain.subs.length, 1);
});

test('what is not answered within its threshold is given up; a renewed one later', () => {
  const { exporter, importer, pass, unanswered, timers } = world();
  const of = service(100);
  const old = exporter.responses.expect(importer, 'a', of, '');
  const kept = exporter.responses.expect(importer, 'b', of, '');
  old.tracking = { subject: 'lat', header: undefined, requester: {} };
  pass(60);
  exporter.responses.renew(kept);
  pass(50);
  assert.deepEqual(unanswered, [[old, 'timeout']]);
  assert.equal(exporter.responses.find(kept.from), kept);
  pass(200);
  assert.equal(exporter.responses.pendingCount, 0);
  assert.equal(timers.length, 0, 'nothing is due, no timer runs');
});

test('a requester that leaves frees its replies, unless somebody else listens there', () => {
  const { exporter, importer, unanswered } = world();
  const gone = exporter.responses.expect(importer, '_INBOX.1.a', service(100), '');
  const same = exporter.responses.expect(importer, '_INBOX.1.a', service(100), '');
  gone.tracking = { subject: 'lat', header: undefined, requester: {} };
  const other = new Subscription({}, '_INBOX.1.a', '', '1');
  importer.sublist.insert(other);
  importer.responses.onUnsubscribed('_INBOX.1.*');
  assert.equal(exporter.responses.pendingCount, 2);
  importer.sublist.remove(other);
  importer.responses.onUnsubscribed('_INBOX.2.*');
  assert.equal(exporter.responses.pendingCount, 2);
  importer.responses.onUnsubscribed('_INBOX.1.*');
  assert.equal(exporter.responses.pendingCount, 0);
  assert.equal(exporter.responses.find(same.from), undefined);
  assert.deepEqual(unanswered, [[gone, 'lostInterest']]);
});

test('an answered request is not reported as unanswered', () => {
  const { exporter, importer, unanswered } = world();
  const response = exporter.responses.expect(importer, 'a', service(100), '');
  response.tracking = { subject: 'lat', header: undefined, requester: {} };
  response.delivered = true;
  exporter.responses.giveUp(response, 'noDelivery');
  assert.deepEqual(unanswered, []);
});

test('beyond the most replies that an account awaits the oldest of the export gives way', () => {
  const { importer } = world();
  const unanswered: ServiceResponse[] = [];
  const responses = new ServiceResponses(importer.sublist, {
    clock: { nowMs: () => 0, nowNs: () => 0n, monotonicMs: () => 0 },
    timers: { after: () => ({ clear() {} }), every: () => ({ clear() {} }) },
    random: { below: () => Math.floor(Math.random() * 60), bytes: Buffer.alloc },
    pendingMax: 3,
    onUnanswered: (response) => void unanswered.push(response),
  });
  const of = service(100);
  const all = ['a', 'b', 'c', 'd'].map((to) => {
    const response = responses.expect(importer, to, of, '');
    response.tracking = { subject: 'lat', header: undefined, requester: {} };
    return response;
  });
  assert.equal(responses.pendingCount, 3);
  assert.equal(responses.find(all[0]!.from), undefined);
  assert.deepEqual(unanswered, [all[0]]);
});
