import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAccount, createUser, encodeUser } from '@nats-io/jwt';
import { createServer, type NatsServer } from '../../src/index.ts';
import { accountJwt, type Keys, makeTrust, userSigner } from '../resolver/world.ts';
import { LocalClient } from './local-client.ts';

/*
 * CVE-2020-28466, CVE-2022-42709: accounts that import from each other in a circle. The configuration
 * is refused, or a message still ends; whether the circle has one member or many, and with mappings.
 */

const patienceMs = 3000;
/** A message that goes round would be delivered without end. */
const deliveriesMax = 200;

interface Ring {
  readonly kind: 'stream' | 'service';
  readonly length: number;
  /** How the subject changes from account to account. */
  readonly form: 'same' | 'mapped' | 'wildcard' | 'renamed';
}

const rings: Ring[] = (['stream', 'service'] as const).flatMap((kind) =>
  [1, 2, 3, 4, 7].flatMap((length) =>
    (['same', 'mapped', 'wildcard', 'renamed'] as const).map((form) => ({ kind, length, form })),
  ),
);

const nameOf = ({ kind, length, form }: Ring) => `${kind}, ${length} accounts, ${form}`;

function blockOf({ kind, length, form }: Ring, i: number): string {
  const next = `A${(i + 1) % length}`;
  const exported = { same: 's', mapped: 's', wildcard: 's.*', renamed: '>' }[form];
  const imported = { same: 's', mapped: 's', wildcard: 's.*', renamed: `r${(i + 1) % length}.s` }[
    form
  ];
  const to = { same: '', mapped: ', to: "t"', wildcard: '', renamed: `, to: "r${i}.s"` }[form];
  const mappings = form === 'mapped' ? 'mappings: { t: s, u: t }' : '';
  return `A${i} { users: [ { user: u${i}, password: p } ]
    exports: [ { ${kind}: "${exported}" } ]
    imports: [ { ${kind}: { account: ${next}, subject: "${imported}" }${to} } ]
    ${mappings} }`;
}

const configOf = (ring: Ring): string =>
  `accounts {\n${Array.from({ length: ring.length }, (_, i) => blockOf(ring, i)).join('\n')}\n}`;

/** Publishes in every account while all listen. */
async function publishAll(clients: LocalClient[], what: string): Promise<number> {
  const startMs = performance.now();
  for (const client of clients) await client.send('SUB > 1\r\n');
  let deliveries = 0;
  for (const client of clients) {
    for (const subject of ['s', 's.a', 't', 'u', 'r0.s', 'r1.s']) {
      await client.send(`PUB ${subject} reply 0\r\n\r\n`);
      for (const one of clients) {
        deliveries += (await one.send('')).match(/^H?MSG /gm)?.length ?? 0;
      }
    }
  }
  assert.ok(performance.now() - startMs < patienceMs, what);
  assert.ok(deliveries <= deliveriesMax * clients.length, `${deliveries} deliveries: ${what}`);
  return deliveries;
}

test('CVE-2020-28466, CVE-2022-42709: circles of imports in a configuration', async () => {
  let refused = 0;
  let delivered = 0;
  for (const ring of rings) {
    const start = createServer({ config: configOf(ring), autoListen: false });
    const server = await start.catch((error: Error) => {
      assert.match(error.message, /cycle|with itself|already/i, nameOf(ring));
      refused++;
    });
    if (!server) continue;
    try {
      const clients = await Promise.all(
        Array.from({ length: ring.length }, (_, i) =>
          new LocalClient(server.connect()).login({ user: `u${i}`, pass: 'p' }),
        ),
      );
      delivered += await publishAll(clients, nameOf(ring));
    } finally {
      await server.close();
    }
  }
  assert.ok(refused >= 16, `${refused} refused`);
  assert.ok(delivered > 0, 'messages were delivered');
});

// ---- accounts of JWTs: any account holder may push a circle ----

interface ClaimedRing {
  readonly server: NatsServer;
  readonly keys: readonly Keys[];
}

function claimsOf({ kind, length, form }: Ring, i: number, keys: readonly Keys[]): object {
  const account = keys[(i + 1) % length]!.getPublicKey();
  const exported = { same: 's', mapped: 's', wildcard: 's.*', renamed: '>' }[form];
  const imported = { same: 's', mapped: 's', wildcard: 's.*', renamed: `r${(i + 1) % length}.s` }[
    form
  ];
  const local = { same: '', mapped: 't', wildcard: '', renamed: `r${i}.s` }[form];
  return {
    exports: [{ name: 'e', subject: exported, type: kind }],
    imports: [{ name: 'i', account, subject: imported, type: kind, local_subject: local }],
    ...(form === 'mapped' ? { mappings: { t: [{ subject: 's', weight: 100 }] } } : {}),
  };
}

async function startClaimed(ring: Ring): Promise<ClaimedRing> {
  const trust = await makeTrust();
  const keys = Array.from({ length: ring.length }, () => createAccount());
  const preload = [`${trust.system.getPublicKey()}: ${trust.systemJwt}`];
  for (const [i, one] of keys.entries()) {
    const jwt = await accountJwt(one, trust.signing, -1, { ...claimsOf(ring, i, keys) });
    preload.push(`${one.getPublicKey()}: ${jwt}`);
  }
  const config = `operator: ${trust.operatorJwt}\nsystem_account: ${trust.system.getPublicKey()}
    resolver: MEMORY\nresolver_preload {\n${preload.join('\n')}\n}`;
  return { server: await createServer({ config, autoListen: false }), keys };
}

async function userOf(server: NatsServer, account: Keys): Promise<LocalClient> {
  const user = createUser();
  const jwt = await encodeUser('u', user, account, { bearer_token: true }, { signer: userSigner });
  return new LocalClient(server.connect()).login({ jwt });
}

test('CVE-2020-28466, CVE-2022-42709: circles of imports in the JWTs of accounts', async () => {
  let entered = 0;
  for (const ring of rings.filter(({ length }) => length < 4)) {
    const { server, keys } = await startClaimed(ring);
    try {
      const clients = await Promise.all(keys.map((one) => userOf(server, one)));
      const open = clients.filter(({ closed }) => !closed);
      entered += open.length;
      await publishAll(open, nameOf(ring));
    } finally {
      await server.close();
    }
  }
  assert.ok(entered > 12, `${entered} users got in`);
});
