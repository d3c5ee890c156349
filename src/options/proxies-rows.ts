import { isAnyPublicNkey, shownNkey } from '../auth/nkeys.ts';
import { goQuote } from '../base/go-quote.ts';
import { type ConfNode, isConfArray, isConfMap } from '../conf/node.ts';
import { goTypeName } from './go-values.ts';
import { readBlockArray } from './listen-rows.ts';
import { asChildren, type OptionRow, readEntries } from './option-row.ts';
import { ConfigError, type ParseContext } from './parse-context.ts';
import { asString } from './readers.ts';
import { factsOf } from './row-makers.ts';
import type { Options } from './types.ts';

interface TrustedProxy {
  key: string;
}

const trustedRows: OptionRow<TrustedProxy>[] = [
  {
    keys: ['key', 'public_key'],
    shape: 'string',
    ...factsOf({ doc: 'Public nkey of the proxy.' }),
    read: (_context, node, proxy) => {
      proxy.key = asString(node);
      if (isAnyPublicNkey(proxy.key)) return;
      throw new ConfigError(node, `invalid proxy key ${goQuote(shownNkey(proxy.key))}`);
    },
  },
];

const proxiesRows: OptionRow<{ trusted: TrustedProxy[] }>[] = [
  {
    keys: ['trusted'],
    shape: 'block array',
    children: asChildren(trustedRows),
    ...factsOf({ doc: 'Proxies whose signature of the nonce is accepted.' }),
    read: (context, node, proxies) => {
      proxies.trusted = readTrusted(context, node);
    },
  },
];

function readTrusted(context: ParseContext, node: ConfNode): TrustedProxy[] {
  if (!isConfArray(node.value)) {
    const type = goTypeName(node.value);
    throw new ConfigError(node, `expected proxies' trusted field to be an array, got ${type}`);
  }
  return readBlockArray(context, node.value.items, {
    rows: trustedRows,
    create: () => ({ key: '' }),
    notMap: (item) =>
      `expected proxies' trusted entry to be a map/struct, got ${goTypeName(item.value)}`,
  });
}

/** `proxies {}`: which proxies may connect clients on their behalf. */
export const proxiesRow: OptionRow<Options> = {
  keys: ['proxies'],
  shape: 'block',
  children: asChildren(proxiesRows),
  ...factsOf({
    doc: 'Trusted proxies: clients with proxy_required must come through one.',
    reload: 'hot',
    fields: ['proxies'],
    shownBy: 'test/auth/login.test.ts: proxies: who must come through one shows its signature',
  }),
  read: (context, node, options) => {
    if (!isConfMap(node.value)) {
      const type = goTypeName(node.value);
      throw new ConfigError(node, `expected proxies to be a map/struct, got ${type}`);
    }
    options.proxies = { trusted: [] };
    readEntries(context, node.value, proxiesRows, options.proxies);
  },
};
