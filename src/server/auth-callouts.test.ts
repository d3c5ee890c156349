import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AuthRequest, noCredentials } from '../auth/auth-user.ts';
import type { CalloutQuestion } from '../auth/delegation.ts';
import { nodePlatform } from '../platform/node.ts';
import { AuthCallouts, type AuthCalloutsHost, openMax } from './auth-callouts.ts';
import { createIdentity } from './identity.ts';

test('only so many questions are open', async () => {
  const { clock, timers, random } = nodePlatform();
  let lookups = 0;
  let release = (_account: undefined): void => {};
  const answer = new Promise<undefined>((resolve) => {
    release = resolve;
  });
  const host = {
    ...{ clock, timers, random },
    identity: createIdentity(random),
    accounts: {
      lookup: () => {
        lookups++;
        return answer;
      },
    },
    logger: { warn() {}, debug() {} },
  } as unknown as AuthCalloutsHost;
  const callouts = new AuthCallouts(host, undefined);
  const request = { ...noCredentials, connectionType: 'STANDARD' } as unknown as AuthRequest;
  let gone = 0;
  const question: CalloutQuestion = {
    terms: {
      operatorMode: false,
      account: 'A',
      issuer: '',
      xkey: '',
      authUsers: [],
      allowedAccounts: [],
    },
    request,
    trustedProxy: false,
    sentinel: undefined,
    isGone: () => gone > 0 && gone-- > 0,
  };
  const open = Array.from({ length: openMax }, () => callouts.ask(question));
  assert.deepEqual(await callouts.ask(question), { ok: false, reason: 'busy' });
  assert.equal(lookups, openMax);
  // Those who have left make room.
  gone = 1;
  const late = callouts.ask(question);
  assert.equal(lookups, openMax + 1);
  release(undefined);
  assert.equal((await late).ok, false);
  for (const one of await Promise.all(open)) assert.equal(one.ok, false);
  // There is room again.
  assert.deepEqual(await callouts.ask(question), { ok: false, reason: 'authorization' });
});
