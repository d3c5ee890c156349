import type { OperatorClaims } from '../auth/jwt/operator-claims.ts';
import { decodeAccountClaims, decodeOperatorClaims, undecorateJwt } from '../auth/jwt/token.ts';
import { type ConfNode, isConfArray, isConfMap } from '../conf/node.ts';
import { parseGoUrl, UrlError } from './go-url.ts';
import { goTypeName } from './go-values.ts';
import type { OptionRow } from './option-row.ts';
import { fileErrorText } from './options-io.ts';
import { ConfigError, type ParseContext } from './parse-context.ts';
import { readStrings } from './readers.ts';
import { readResolver, urlResolver } from './resolver-block.ts';
import { factsOf } from './row-makers.ts';
import { tlsRow } from './tls-block.ts';
import type { Options } from './types.ts';

/*
 * Operator mode: operators whose JWTs are trusted, and where the JWTs of accounts come from. An
 * operator is named by a file or is the JWT itself. A single operator may also bring the resolver and
 * the system account, where the file names none.
 */

function readOperators(context: ParseContext, node: ConfNode, options: Options): void {
  const operators: OperatorClaims[] = [];
  options.operatorJwts = [];
  for (const name of operatorNames(context, node)) {
    context.guard(() => {
      const jwt = readOperatorJwt(context, node, name);
      operators.push(jwt.decoded);
      options.operatorJwts.push(jwt.token);
    });
  }
  const [only, ...more] = operators;
  if (only !== undefined && more.length === 0) adoptOperator(only, options);
}

function operatorNames(context: ParseContext, node: ConfNode): string[] {
  if (typeof node.value === 'string') return [node.value];
  if (!isConfArray(node.value)) {
    const type = goTypeName(node.value);
    throw new ConfigError(node, `error parsing operators: unsupported type ${type}`);
  }
  const names: string[] = [];
  for (const item of node.value.items) {
    if (typeof item.value !== 'string') {
      // nats-server prints the type of its own wrapper of the value.
      const type = 'unsupported type *conf.token where string is expected';
      context.error(node, `error parsing operators: ${type}`);
      break;
    }
    names.push(item.value);
  }
  return names;
}

/** How every JWT begins: the base64 of `{"`. */
const JWT_PREFIX = 'eyJ';

function readOperatorJwt(
  context: ParseContext,
  node: ConfNode,
  name: string,
): { token: string; decoded: OperatorClaims } {
  try {
    const token = undecorateJwt(operatorText(context, name));
    return { token, decoded: decodeOperatorClaims(token) };
  } catch (error) {
    throw new ConfigError(node, `error parsing operator JWT: ${(error as Error).message}`);
  }
}

function operatorText(context: ParseContext, name: string): string {
  try {
    return Buffer.from(context.io.readFile(name)).toString('utf8');
  } catch (error) {
    if (name.startsWith(JWT_PREFIX)) return name;
    throw new Error(fileErrorText(error, name));
  }
}

function adoptOperator({ nats }: OperatorClaims, options: Options): void {
  const url = nats.account_server_url;
  if (options.resolver === undefined && isGoUrl(url)) {
    options.resolver = urlResolver(`${url}/accounts`);
  }
  if (options.systemAccount === '') options.systemAccount = nats.system_account;
}

function isGoUrl(text: string): boolean {
  try {
    parseGoUrl(text.trim());
    return true;
  } catch (error) {
    if (error instanceof UrlError) return false;
    throw error;
  }
}

function readPreloads(context: ParseContext, node: ConfNode, options: Options): void {
  if (!isConfMap(node.value)) {
    const wanted = 'preload should be a map of account_public_key:account_jwt';
    throw new ConfigError(node, wanted);
  }
  const preloads: [string, string][] = [];
  for (const [key, entry] of node.value.entries) {
    context.guard(() => preloads.push([key, readPreload(entry)]));
  }
  options.resolverPreloads = Object.fromEntries(preloads);
}

function readPreload(entry: ConfNode): string {
  if (typeof entry.value !== 'string') {
    throw new ConfigError(entry, 'preload map value should be a string JWT');
  }
  try {
    decodeAccountClaims(entry.value);
  } catch {
    throw new ConfigError(entry, 'invalid account JWT');
  }
  return entry.value;
}

export const operatorRows: OptionRow<Options>[] = [
  {
    keys: ['operator', 'operators', 'roots', 'root', 'root_operators', 'root_operator'],
    shape: 'strings',
    ...factsOf({
      doc: 'JWTs of trusted operators: files, or the JWTs themselves.',
      reload: 'refused',
      fields: ['operatorJwts'],
      shownBy: 'test/resolver/options.test.ts: operator, system_account and resolver_preload',
    }),
    read: readOperators,
  },
  {
    keys: ['resolver', 'account_resolver', 'accounts_resolver'],
    shape: 'any',
    ...factsOf({
      doc: 'Where account JWTs come from: MEMORY, URL("…"), or { type: full | cache, dir: … }.',
      reload: 'partly',
      fields: ['resolver'],
      shownBy: 'test/resolver/options.test.ts: resolver full: what the system account pushes',
    }),
    read: readResolver,
  },
  {
    ...tlsRow<Options>(true, (options, tls) => {
      options.resolverTls = tls;
    }),
    keys: ['resolver_tls'],
    ...factsOf({
      doc: 'TLS of the connection to a URL resolver.',
      reload: 'partly',
      fields: ['resolverTls'],
      shownBy: 'test/resolver/options.test.ts: resolver and resolver_tls: accounts come from a URL',
    }),
  },
  {
    keys: ['resolver_preload'],
    shape: 'string map',
    ...factsOf({
      doc: 'Account JWTs that are known from the start, by account key.',
      reload: 'partly',
      fields: ['resolverPreloads'],
      shownBy: 'test/resolver/options.test.ts: operator, system_account and resolver_preload',
    }),
    read: readPreloads,
  },
  {
    keys: ['resolver_pinned_accounts'],
    shape: 'strings',
    ...factsOf({
      doc: 'Accounts that may come from the resolver, besides the system account.',
      byDefault: 'all',
      reload: 'partly',
      fields: ['resolverPinnedAccounts'],
      shownBy: 'test/resolver/options.test.ts: resolver_pinned_accounts: users of other accounts',
    }),
    read: (context, node, options) => {
      const keys = readStrings(context, node, 'resolver_pinned_accounts');
      if (keys !== undefined) options.resolverPinnedAccounts = [...new Set(keys)];
    },
  },
];
