import assert from 'node:assert/strict';
import test from 'node:test';
import { InternalClient } from '../deliver/internal-client.ts';
import { Subscription } from '../subject/subscription.ts';
import { FakeEventsHost } from './fake-events-host.ts';
import { countSubscribers } from './subscriber-counts.ts';

test('subscriptions of clients are counted, by queue, by wildcard', () => {
  const host = new FakeEventsHost();
  const account = host.registry.ensure('A');
  const connection = host.connect(account, 'u');
  const subscriptions = ['a.b', 'a.*', 'a.b q', 'a.b q', 'a.b r', 'x'];
  subscriptions.forEach((text, i) => {
    const [subject = '', queue = ''] = text.split(' ');
    account.sublist.insert(new Subscription(connection, subject, queue, String(i)));
  });
  // The server's own do not count.
  new InternalClient(host.deliverer, account).subscribe('a.b', () => {});
  const count = (subject: string, queue = '') => countSubscribers(account, subject, queue);
  assert.equal(count('a.b'), 5);
  assert.equal(count('a.b', 'q'), 2);
  assert.equal(count('a.c'), 1);
  assert.equal(count('a.>'), 5);
  assert.equal(count('a.*', 'r'), 1);
  assert.equal(count('>'), 6);
  assert.equal(count('none'), 0);
});
