/** /accountz: the names of the accounts, or one account in detail. */
import { type Account, globalAccountName } from '../account/account.ts';
import { claimText, natsClaims, revocationTimes, shownClaims } from '../auth/shown-claims.ts';
import { omitEmpty } from '../base/omit-empty.ts';
import { countMembers } from '../connection/account-members.ts';
import { accountNameTag } from '../events/account-stat.ts';
import type { MappingDestination, SubjectMappingOptions } from '../options/types.ts';
import {
  type ExportDocument,
  exportDocuments,
  type ImportDocument,
  importDocuments,
} from './account-links.ts';
import type { MonitorContext } from './context.ts';
import { BadArgumentError } from './query.ts';
import { buildSublistTotals, type SublistTotals } from './sublist-totals.ts';
import { timeText } from './time-text.ts';

/** Weights add up along the list, as nats-server keeps them. */
export interface MappingDocument {
  subject: string;
  weight: number;
  cluster: string | undefined;
}

export interface AccountDetail {
  account_name: string;
  update_time: string;
  is_system: true | undefined;
  expired: boolean;
  complete: boolean;
  jetstream_enabled: boolean;
  leafnode_connections: number;
  client_connections: number;
  subscriptions: number;
  mappings: ReadonlyMap<string, MappingDocument[]> | undefined;
  exports: ExportDocument[] | undefined;
  imports: ImportDocument[] | undefined;
  /** Of an account of operator mode, as the next ones; it holds nothing secret. */
  jwt: string | undefined;
  issuer_key: string | undefined;
  name_tag: string;
  tags: readonly string[] | undefined;
  decoded_jwt: object | undefined;
  revoked_user: ReadonlyMap<string, string> | undefined;
  sublist_stats: SublistTotals;
}

export interface Accountz {
  server_id: string;
  now: string;
  system_account: string | undefined;
  accounts: string[] | undefined;
  account_detail: AccountDetail | undefined;
}

/** `name` '' lists the accounts. Throws BadArgumentError for an account that does not exist. */
export function buildAccountz(context: MonitorContext, name: string): Accountz {
  const head = {
    server_id: context.info().server_id,
    now: timeText(context.clock.nowMs()),
    system_account: context.systemAccount?.name,
  };
  if (name === '') {
    const names = Array.from(context.accounts(), (account) => account.name);
    return { ...head, accounts: omitEmpty(names), account_detail: undefined };
  }
  return { ...head, accounts: undefined, account_detail: buildAccountDetail(context, name) };
}

/** Throws BadArgumentError for an account that does not exist. */
export function buildAccountDetail(context: MonitorContext, name: string): AccountDetail {
  const account = name === '' ? undefined : context.account(name);
  if (account === undefined) throw new BadArgumentError(`Account ${name} does not exist`);
  const { clients, leafNodes } = countMembers(account);
  return {
    account_name: account.name,
    update_time: timeText(account.updatedMs),
    is_system: account === context.systemAccount ? true : undefined,
    expired: account.expired,
    complete: true,
    jetstream_enabled: false,
    leafnode_connections: leafNodes,
    client_connections: clients,
    subscriptions: account.sublist.count,
    mappings: omitEmpty(mappingDocuments(configuredMappings(context, account))),
    ...claimFields(account),
    sublist_stats: buildSublistTotals([account]),
  };
}

function claimFields(account: Account) {
  const jwt = account.spec?.jwt ?? '';
  const claims = jwt === '' ? undefined : shownClaims(jwt);
  const { tags, revocations, exports } = natsClaims(claims);
  return {
    exports: omitEmpty(exportDocuments(account, exports)),
    imports: omitEmpty(importDocuments(account)),
    jwt: omitEmpty(jwt),
    issuer_key: omitEmpty(claimText(claims, 'iss')),
    name_tag: accountNameTag(account),
    tags: Array.isArray(tags) ? omitEmpty(tags as string[]) : undefined,
    decoded_jwt: claims,
    revoked_user: omitEmpty(revocationTimes(revocations)),
  };
}

function configuredMappings(context: MonitorContext, account: Account): SubjectMappingOptions[] {
  if (account.spec !== undefined) return account.spec.mappings;
  return account.name === globalAccountName ? context.options.mappings : [];
}

function mappingDocuments(mappings: SubjectMappingOptions[]): Map<string, MappingDocument[]> {
  const documents = new Map<string, MappingDocument[]>();
  for (const { source, destinations } of mappings) {
    const clusters = new Set(destinations.map(({ cluster }) => cluster));
    const list = [...clusters].sort().flatMap((cluster) =>
      weighted(
        source,
        destinations.filter((destination) => destination.cluster === cluster),
        cluster,
      ),
    );
    documents.set(source, list);
  }
  return documents;
}

/** The rest up to 100 % goes to the source itself, unless the source is among the destinations. */
function weighted(
  source: string,
  destinations: readonly MappingDestination[],
  cluster: string,
): MappingDocument[] {
  const parts = destinations.map(({ subject, weight }) => ({ subject, weight }));
  const total = parts.reduce((sum, { weight }) => sum + weight, 0);
  const named = parts.some(({ subject }) => subject === source);
  if (total < 100 && !named) parts.push({ subject: ownDestination(source), weight: 100 - total });
  parts.sort((a, b) => a.weight - b.weight);
  let sum = 0;
  return parts.map(({ subject, weight }) => {
    sum += weight;
    return { subject, weight: sum, cluster: omitEmpty(cluster) };
  });
}

/** The source as a destination: each `*` becomes `$1`, `$2`… */
function ownDestination(source: string): string {
  let wildcards = 0;
  const tokens = source.split('.').map((token) => (token === '*' ? `$${++wildcards}` : token));
  return tokens.join('.');
}
