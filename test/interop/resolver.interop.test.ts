/**
 * Resolvers beside the real server: the same requests get the same answers, either server goes on
 * with the folder that the other left, and they exchange what they have.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createAccount } from '@nats-io/jwt';
import { findReference, type TargetKind } from '../conformance/target.ts';
import { accountJwt, deleteJwt, makeTrust } from '../resolver/world.ts';
import {
  ask,
  cast,
  playResolver,
  type Running,
  startResolver,
  updateOf,
  writeJwts,
} from './resolver-scenarios.ts';

const settings = {
  timeout: 120_000,
  skip: findReference() === undefined && process.env.CI !== 'true',
};
const both: readonly [TargetKind, TargetKind] = ['nats-server', 'tnatsd'];

function newFolder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'tnatsd-resolver-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

const filesIn = (dir: string): string[] => readdirSync(dir).sort();

/** What a server says of a folder with these files in a PACK request that matches. */
function hashOf(dir: string): Buffer {
  const hash = Buffer.alloc(32);
  for (const name of filesIn(dir).filter((one) => one.endsWith('.jwt'))) {
    const one = createHash('sha256')
      .update(readFileSync(join(dir, name)))
      .digest();
    for (let i = 0; i < hash.length; i++) hash[i]! ^= one[i]!;
  }
  return hash;
}

/** Single accounts are asked of nobody: it need not take long to find that out. */
const folder =
  (type: string, more = '') =>
  (dir: string) =>
    `{ type: ${type}, dir: "${dir}", timeout: "100ms", ${more} }`;

for (const [name, resolver, strict] of [
  ['MEMORY', () => 'MEMORY', false],
  ['full', folder('full'), false],
  ['full, deletes', folder('full', 'allow_delete: true'), false],
  ['full, strict operator', folder('full', 'allow_delete: true'), true],
  ['full, hard deletes', folder('full', 'allow_delete: true, hard_delete: true'), false],
  ['full, two at most', folder('full', 'limit: 2'), false],
  ['cache', folder('cache', 'ttl: "1m"'), false],
  ['cache, strict operator', folder('cache', 'ttl: "1m"'), true],
] as const) {
  test(`resolver ${name}: the same answers and files as nats-server's`, settings, async (t) => {
    const players = cast(await makeTrust(strict));
    const jwts = await writeJwts(players);
    const played = [];
    for (const kind of both) {
      const dir = newFolder(t);
      // A cache learns of an account when somebody needs it: this one is there.
      if (name.startsWith('cache')) {
        writeFileSync(join(dir, `${players.a.getPublicKey()}.jwt`), jwts.get('a1')!);
      }
      const running = await startResolver(kind, players.trust, resolver(dir));
      try {
        played.push({ lines: await playResolver(running, players, jwts), files: filesIn(dir) });
      } finally {
        await running.stop();
      }
    }
    assert.deepEqual(played[1], played[0]);
  });
}

for (const [first, second] of [both, [...both].reverse()] as [TargetKind, TargetKind][]) {
  test(`${second} goes on with the folder that ${first} left`, settings, async (t) => {
    const dir = newFolder(t);
    const trust = await makeTrust();
    const resolver = `{ type: full, dir: "${dir}", allow_delete: true }`;
    const accounts = [createAccount(), createAccount(), createAccount()];
    const [a, , gone] = accounts;
    const one = await startResolver(first, trust, resolver);
    for (const account of accounts) {
      await ask(one, updateOf(account), await accountJwt(account, trust.signing));
    }
    await ask(
      one,
      '$SYS.REQ.CLAIMS.DELETE',
      await deleteJwt(trust.operator, [gone!.getPublicKey()]),
    );
    const listed = JSON.parse((await ask(one, '$SYS.REQ.CLAIMS.LIST'))[0]!).data;
    assert.equal(listed.length, 3);
    const files = filesIn(dir);
    assert.ok(files.includes(`${gone!.getPublicKey()}.jwt.deleted`));
    assert.deepEqual(await ask(one, '$SYS.REQ.CLAIMS.PACK', hashOf(dir)), ['']);
    await one.stop();

    const other = await startResolver(second, trust, resolver);
    try {
      assert.deepEqual(filesIn(dir), files);
      assert.deepEqual(JSON.parse((await ask(other, '$SYS.REQ.CLAIMS.LIST'))[0]!).data, listed);
      assert.deepEqual(await ask(other, '$SYS.REQ.CLAIMS.PACK', hashOf(dir)), ['']);
      await (await other.enter(a!)).close();
      await assert.rejects(other.enter(gone!), /Authorization Violation/);
      const next = await accountJwt(a!, trust.signing, 5);
      await ask(other, updateOf(a!), next);
      assert.equal(readFileSync(join(dir, `${a!.getPublicKey()}.jwt`), 'utf8'), next);
    } finally {
      await other.stop();
    }
  });

  test(`${first} takes over what ${second} has`, settings, async (t) => {
    const trust = await makeTrust();
    const [here, there] = [newFolder(t), newFolder(t)];
    const resolver = (dir: string) => `{ type: full, dir: "${dir}", interval: "1s" }`;
    const one = await startResolver(first, trust, resolver(here));
    const other = await startResolver(second, trust, resolver(there));
    try {
      bridge(one, other);
      const [a, b] = [createAccount(), createAccount()];
      const jwt = await accountJwt(a, trust.signing);
      await ask(other, updateOf(a), jwt);
      // Asked for at once: nobody waits for the next exchange.
      await (await one.enter(a)).close();
      await ask(other, updateOf(b), await accountJwt(b, trust.signing));
      const until = Date.now() + 10_000;
      while (`${filesIn(here)}` !== `${filesIn(there)}` && Date.now() < until) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      assert.deepEqual(filesIn(here), filesIn(there));
      assert.deepEqual(hashOf(here), hashOf(there));
    } finally {
      await one.stop();
      await other.stop();
    }
  });
}

/** Carries the questions of one server to the other, and the answers back. */
function bridge(one: Running, other: Running): void {
  const forward = (subject: string, queue?: string): void => {
    one.system.subscribe(subject, {
      ...(queue === undefined ? {} : { queue }),
      callback: (_error, message) => {
        const { reply, data } = message;
        other.system.publish(message.subject, data, reply === undefined ? {} : { reply });
      },
    });
  };
  forward('$SYS.REQ.CLAIMS.PACK', 'responder');
  forward('$SYS.REQ.ACCOUNT.*.CLAIMS.LOOKUP');
  other.system.subscribe('$SYS._INBOX.>', {
    callback: (_error, { subject, data }) => one.system.publish(subject, data),
  });
}
