import { isPublicNkey } from '../auth/nkeys.ts';
import { goQuote } from '../base/go-quote.ts';
import { type ConfNode, isConfArray, isConfMap } from '../conf/node.ts';
import { authorizationRows, readTopAuthorization } from './authorization-block.ts';
import { goTypeName } from './go-values.ts';
import { asChildren, type OptionRow } from './option-row.ts';
import { ConfigError, type ParseContext, TypeMismatch } from './parse-context.ts';
import { setEntry } from './readers.ts';
import { boolRow, factsOf, stringRow } from './row-makers.ts';
import { readTls, tlsRows } from './tls-block.ts';
import type { Options } from './types.ts';

/** Who may connect, and by which means. Accounts have rows of their own. */
export const securityRows: OptionRow<Options>[] = [
  {
    keys: ['authorization'],
    shape: 'block',
    children: asChildren(authorizationRows),
    ...factsOf({
      doc: 'Who may connect: a user, a token or several users.',
      byDefault: 'everybody',
      reload: 'hot',
      flags: ['user', 'pass', 'auth'],
      fields: ['username', 'password', 'authorization', 'authTimeoutSeconds', 'users', 'nkeys'],
      shownBy: 'test/options/behaviour.test.ts: authorization: user',
    }),
    read: readTopAuthorization,
  },
  stringRow(
    ['no_auth_user'],
    {
      doc: 'User as which clients without credentials connect.',
      reload: 'partly',
      fields: ['noAuthUser'],
      shownBy: 'test/options/behaviour.test.ts: no_auth_user',
    },
    (options, value) => {
      options.noAuthUser = value;
    },
  ),
  stringRow(
    ['default_sentinel'],
    {
      doc: 'User JWT of clients without credentials, in operator mode.',
      reload: 'hot',
      fields: ['defaultSentinel'],
      shownBy: 'test/auth/login.test.ts: default_sentinel is the JWT of who shows none',
    },
    (options, value) => {
      options.defaultSentinel = value;
    },
  ),
  {
    keys: ['trusted_keys', 'trusted'],
    shape: 'strings',
    ...factsOf({
      doc: 'Public operator nkeys whose JWTs are trusted.',
      reload: 'refused',
      fields: ['trustedKeys'],
      shownBy: 'test/resolver/options.test.ts: trusted_keys: accounts that one of the keys signed',
    }),
    read: readTrustedKeys,
  },
  {
    keys: ['tls'],
    shape: 'block',
    children: asChildren(tlsRows),
    ...factsOf({
      doc: 'TLS of client connections (and of HTTPS monitoring).',
      byDefault: 'off',
      reload: 'hot',
      flags: ['tls', 'tlscert', 'tlskey', 'tlsverify', 'tlscacert'],
      fields: ['tls', 'tlsTimeoutSeconds'],
      shownBy: 'src/transport/tls-context.test.ts: the default handshake',
    }),
    read: (context, node, options) => {
      options.tls = readTls(context, node, true);
      options.tlsTimeoutSeconds = options.tls.timeoutSeconds;
    },
  },
  boolRow(
    ['allow_non_tls'],
    {
      doc: 'Accept clients without TLS beside those with.',
      byDefault: 'false',
      reload: 'refused',
      fields: ['allowNonTls'],
      shownBy: 'test/options/behaviour.test.ts: allow_non_tls',
    },
    (options, value) => {
      options.allowNonTls = value;
    },
  ),
  boolRow(
    ['proxy_protocol'],
    {
      doc: 'Take the address of clients from the PROXY protocol (1 or 2) that a proxy puts in front.',
      byDefault: 'false',
      reload: 'refused',
      fields: ['proxyProtocol'],
      shownBy: 'test/fault/proxy-protocol.test.ts: a header tells whom a client comes from',
    },
    (options, value) => {
      options.proxyProtocol = value;
    },
  ),
  {
    keys: ['default_js_domain'],
    shape: 'string map',
    ...factsOf({
      doc: 'JetStream domain of each account.',
      reload: 'refused',
      fields: ['jsAccDefaultDomain'],
      shownBy: 'inactive',
    }),
    read: readDefaultDomains,
  },
];

function readTrustedKeys(context: ParseContext, node: ConfNode, options: Options): void {
  let last = node;
  if (typeof node.value === 'string') options.trustedKeys = [node.value];
  else if (isConfArray(node.value)) {
    options.trustedKeys = [];
    for (const item of node.value.items) {
      last = item;
      if (typeof item.value === 'string') options.trustedKeys.push(item.value);
      else {
        const type = goTypeName(item.value);
        context.error(item, `error parsing trusted: unsupported type in array ${type}`);
      }
    }
  } else {
    context.error(node, `error parsing trusted: unsupported type ${goTypeName(node.value)}`);
  }
  for (const key of options.trustedKeys) {
    if (isPublicNkey(key, 'operator')) continue;
    context.error(last, `trust key ${goQuote(key)} required to be a valid public operator nkey`);
  }
}

function readDefaultDomains(_context: ParseContext, node: ConfNode, options: Options): void {
  if (!isConfMap(node.value)) {
    const type = goTypeName(node.value);
    throw new ConfigError(node, `error default_js_domain config: unsupported type ${type}`);
  }
  const domains: Record<string, string> = {};
  for (const [account, entry] of node.value.entries) {
    if (typeof entry.value !== 'string') throw new TypeMismatch(node, entry.value, 'string');
    setEntry(domains, account, entry.value);
  }
  options.jsAccDefaultDomain = domains;
}
