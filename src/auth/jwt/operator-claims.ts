import { goQuote } from '../../base/go-quote.ts';
import { type GoUrl, parseGoUrl, UrlError } from '../../base/go-url.ts';
import { isPublicNkey } from '../nkeys.ts';
import {
  type ClaimsData,
  claimsDataMembers,
  claimsDataOf,
  type GenericFields,
  genericMembers,
  stringList,
  v1Members,
  validateTimeFrame,
} from './claims-data.ts';
import { flag, member, type Shape, struct, text } from './shape.ts';
import { Issues } from './validation.ts';

export interface OperatorBody extends GenericFields {
  /** Other operator keys that sign for the operator. */
  signing_keys: string[];
  account_server_url: string;
  operator_service_urls: string[];
  system_account: string;
  assert_server_version: string;
  /** The operator's own key signs no account. */
  strict_signing_key_usage: boolean;
}

/** Claims of an operator. */
export interface OperatorClaims extends ClaimsData {
  nats: OperatorBody;
}

const commonMembers = {
  signing_keys: member(stringList),
  account_server_url: member(text),
  operator_service_urls: member(stringList),
  system_account: member(text),
};

export const operatorShape = struct<OperatorClaims>('jwt.OperatorClaims', {
  ...claimsDataMembers,
  nats: member(
    struct<OperatorBody>('jwt.Operator', {
      ...commonMembers,
      assert_server_version: member(text),
      strict_signing_key_usage: member(flag),
      ...genericMembers,
    }),
  ),
});

type V1Operator = Pick<OperatorBody, keyof typeof commonMembers>;

const v1Shape = struct<
  ClaimsData & { tags: string[]; type: string; issuer_account: string; nats: V1Operator }
>('jwt.v1OperatorClaims', {
  ...claimsDataMembers,
  ...v1Members,
  nats: member(struct<V1Operator>('jwt.v1NatsOperator', commonMembers)),
});

/** Claims of version 1 in the form of version 2. */
export const v1OperatorShape: Pick<Shape<OperatorClaims>, 'zero' | 'read'> = {
  zero: () => operatorShape.zero(),
  read(tree, _current, spot) {
    const old = v1Shape.read(tree, v1Shape.zero(), spot);
    const { tags, type } = old;
    const later = { assert_server_version: '', strict_signing_key_usage: false };
    return { ...claimsDataOf(old), nats: { ...old.nats, ...later, tags, type, version: 1 } };
  },
};

/** nats-server never asks; tools do before they sign. */
export function validateOperatorClaims(claims: OperatorClaims, nowSeconds: number): Issues {
  const issues = new Issues();
  const { nats } = claims;
  validateTimeFrame(claims, nowSeconds, issues);
  validateAccountServer(nats.account_server_url, issues);
  for (const url of nats.operator_service_urls) if (url !== '') validateService(url, issues);
  for (const key of nats.signing_keys) {
    if (!isPublicNkey(key, 'operator')) issues.error(`${key} is not an operator public key`);
  }
  const { system_account: system } = nats;
  if (system !== '' && !isPublicNkey(system, 'account')) {
    issues.error(`${system} is not an account public key`);
  }
  const wanted = parseVersion(nats.assert_server_version);
  if (typeof wanted === 'string') {
    issues.error(`assert server version error: asserted server version ${wanted}`);
  }
  return issues;
}

function parseUrl(url: string): GoUrl | string {
  try {
    return parseGoUrl(url);
  } catch (error) {
    if (error instanceof UrlError) return `parse ${goQuote(url)}: ${error.message}`;
    throw error;
  }
}

function validateAccountServer(url: string, issues: Issues): void {
  if (url === '') return;
  const parsed = parseUrl(url);
  if (typeof parsed === 'string') issues.error(`error parsing account server url: ${parsed}`);
  else if (parsed.scheme === '') {
    issues.error(`account server url ${goQuote(url)} requires a protocol`);
  }
}

function validateService(url: string, issues: Issues): void {
  const shown = `operator service url ${goQuote(url)}`;
  const parsed = parseUrl(url);
  if (typeof parsed === 'string') issues.error(`error parsing ${shown}: ${parsed}`);
  else if (parsed.user !== undefined) issues.error(`${shown} - credentials are not supported`);
  else if (parsed.path !== '') issues.error(`${shown} - paths are not supported`);
  else if (!['nats', 'tls', 'ws', 'wss'].includes(parsed.scheme)) {
    const only = "only 'nats', 'tls', 'ws', 'wss' only";
    issues.error(`${shown} - protocol not supported (${only})`);
  }
}

const versionForm = 'must be of the form <major>.<minor>.<update>';

/** Why a server of this version (`[2, 15, 2]`) may not run for the operator. */
export function assertedVersionProblem(
  { sub, nats }: OperatorClaims,
  have: readonly number[],
): string | undefined {
  const asked = nats.assert_server_version;
  const wanted = parseVersion(asked);
  if (typeof wanted === 'string') {
    const why = `asserted server version ${wanted}`;
    return `operator ${sub} expects version ${asked} got error instead: ${why}`;
  }
  for (const [index, part] of ['major', 'minor', 'update'].entries()) {
    const [want = 0, has = 0] = [wanted[index], have[index]];
    if (want < has) return undefined;
    if (want > has) {
      return `operator ${sub} expected ${part} version ${want} > server ${part} version ${has}`;
    }
  }
  return undefined;
}

/** The three numbers, or what is wrong with them. */
function parseVersion(asked: string): number[] | string {
  if (asked === '') return [0, 0, 0];
  const parts = asked.split('.');
  if (parts.length !== 3) return versionForm;
  const wrong = parts.find((part) => !/^[+-]?\d{1,18}$/.test(part));
  if (wrong !== undefined) return `cant parse ${wrong} to int`;
  const numbers = parts.map(Number);
  return numbers.some((one) => one < 0) ? `can'b contain negative values: ${asked}` : numbers;
}
