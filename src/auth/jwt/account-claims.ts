/** Claims of an account: the objects have the names of the JSON. */

import { goQuote } from '../../base/go-quote.ts';
import { JsonObject } from '../../base/json-tree.ts';
import {
  type ClaimsData,
  claimsDataMembers,
  claimsDataOf,
  type GenericFields,
  genericMembers,
  stringList,
  subject,
  v1Members,
} from './claims-data.ts';
import {
  type ClaimInfo,
  type ExportClaims,
  exportShape,
  infoMembers,
  type RevocationList,
  revocationList,
} from './export-claims.ts';
import { type ImportClaims, importShape } from './import-claims.ts';
import {
  always,
  bigInteger,
  embed,
  flag,
  integer,
  JwtError,
  list,
  type Members,
  mapOf,
  member,
  mismatch,
  optional,
  type Shape,
  struct,
  text,
  textShape,
} from './shape.ts';
import {
  type ClaimPermissions,
  type NatsLimits,
  natsLimitsMembers,
  permissionsShape,
  templateShape,
  type UserPermissionLimits,
} from './user-claims.ts';

/** -1 is unlimited. */
export interface AccountLimitClaims {
  imports: number;
  exports: number;
  /** Exports may have wildcards. */
  wildcards: boolean;
  disallow_bearer: boolean;
  conn: number;
  leaf: number;
}

/** Bytes and counts; -1 is unlimited, no storage is no JetStream. */
export interface JetStreamLimits {
  mem_storage: bigint;
  disk_storage: bigint;
  streams: bigint;
  consumer: bigint;
  max_ack_pending: bigint;
  mem_max_stream_bytes: bigint;
  disk_max_stream_bytes: bigint;
  max_bytes_required: boolean;
}

export interface OperatorLimits extends NatsLimits, AccountLimitClaims, JetStreamLimits {
  /** By tier, such as `R3`; then the limits without tier are empty. */
  tiered_limits: Map<string, JetStreamLimits>;
}

/** A signing key that gives its users a role. */
export interface UserScope {
  kind: 'user_scope';
  key: string;
  role: string;
  template: UserPermissionLimits;
  description: string;
}

export interface WeightedMapping {
  subject: string;
  /** Percent; 0 is 100. */
  weight: number;
  cluster: string;
}

export interface ExternalAuthorization {
  /** Users that are not asked about: those of the service itself. None: no external authorization. */
  auth_users: string[];
  /** Accounts that the service may put users into; `*` alone is all. */
  allowed_accounts: string[];
  xkey: string;
}

export interface AccountBody extends ClaimInfo, GenericFields {
  imports: (ImportClaims | undefined)[];
  exports: (ExportClaims | undefined)[];
  limits: OperatorLimits;
  /** Scopes by key; undefined for a key without scope. */
  signing_keys: Map<string, UserScope | undefined>;
  /** Of user JWTs. */
  revocations: RevocationList;
  default_permissions: ClaimPermissions;
  mappings: Map<string, WeightedMapping[]>;
  authorization: ExternalAuthorization;
  trace: { dest: string; sampling: number } | undefined;
  cluster_traffic: string;
}

export interface AccountClaims extends ClaimsData {
  nats: AccountBody;
}

const accountLimitMembers: Members<AccountLimitClaims> = embed('AccountLimits', {
  imports: member(integer()),
  exports: member(integer()),
  wildcards: member(flag),
  disallow_bearer: member(flag),
  conn: member(integer()),
  leaf: member(integer()),
});

const jetStreamMembers: Members<JetStreamLimits> = {
  mem_storage: member(bigInteger()),
  disk_storage: member(bigInteger()),
  streams: member(bigInteger()),
  consumer: member(bigInteger()),
  max_ack_pending: member(bigInteger()),
  mem_max_stream_bytes: member(bigInteger()),
  disk_max_stream_bytes: member(bigInteger()),
  max_bytes_required: member(flag),
};

export const jetStreamLimits = struct('jwt.JetStreamLimits', jetStreamMembers);

const operatorLimits = struct<OperatorLimits>('jwt.OperatorLimits', {
  ...natsLimitsMembers,
  ...accountLimitMembers,
  ...embed('JetStreamLimits', jetStreamMembers),
  tiered_limits: member(mapOf(jetStreamLimits, 'jwt.JetStreamTieredLimits')),
});

const scopeKind: Shape<'user_scope'> = {
  zero: () => 'user_scope',
  read(tree, current, spot) {
    const name = text.read(tree, '', spot);
    if (name === current) return current;
    throw new JwtError(`unknown scope type ${goQuote(name)}`);
  },
  write: (value) => value,
  isEmpty: () => false,
};

const userScope = struct<UserScope>('jwt.UserScope', {
  kind: always(scopeKind),
  key: always(text),
  role: always(text),
  template: always(templateShape),
  description: always(text),
});

/** A list of keys and of scopes; what is neither is passed over. */
const signingKeys: Shape<Map<string, UserScope | undefined>> = {
  zero: () => new Map(),
  read(tree, current, spot) {
    if (tree === null) return current;
    if (!Array.isArray(tree)) throw mismatch(tree, spot, '[]interface {}');
    const keys = new Map(current);
    for (const one of tree) {
      if (typeof one === 'string') keys.set(one, undefined);
      if (!(one instanceof JsonObject)) continue;
      checkScopeKind(one);
      const scope = userScope.read(one, userScope.zero(), { ...spot, outer: spot.struct });
      keys.set(scope.key, scope);
    }
    return keys;
  },
  write: (keys) =>
    [...keys.keys()].sort().map((key) => {
      const scope = keys.get(key);
      return scope === undefined ? key : userScope.write(scope);
    }),
  isEmpty: (keys) => keys.size === 0,
};

function checkScopeKind(scope: JsonObject): void {
  const last = (wanted: string) => scope.members.findLast(([name]) => name === wanted)?.[1];
  if (last('kind') === 'user_scope') return;
  const type = last('type');
  const shown = typeof type === 'string' ? goQuote(type) : '%!q(<nil>)';
  throw new JwtError(`unknown signing key scope ${shown}`);
}

const weightedMapping = struct<WeightedMapping>('jwt.WeightedMapping', {
  subject: always(subject),
  weight: member(integer('uint8')),
  cluster: member(text),
});

const imports = list(optional(importShape), 'jwt.Imports');
const exports = list(optional(exportShape), 'jwt.Exports');

const accountBody = struct<AccountBody>('jwt.Account', {
  imports: member(imports),
  exports: member(exports),
  limits: member(operatorLimits),
  signing_keys: member(signingKeys),
  revocations: member(revocationList),
  default_permissions: member(permissionsShape),
  mappings: member(mapOf(list(weightedMapping, '[]jwt.WeightedMapping'), 'jwt.Mapping')),
  authorization: member(
    struct<ExternalAuthorization>('jwt.ExternalAuthorization', {
      auth_users: member(stringList),
      allowed_accounts: member(stringList),
      xkey: member(text),
    }),
  ),
  trace: member(
    optional(
      struct<{ dest: string; sampling: number }>('jwt.MsgTrace', {
        dest: member(subject),
        sampling: member(integer('int')),
      }),
    ),
  ),
  cluster_traffic: member(textShape('jwt.ClusterTraffic')),
  ...infoMembers,
  ...genericMembers,
});

const plainAccountShape = struct<AccountClaims>('jwt.AccountClaims', {
  ...claimsDataMembers,
  nats: member(accountBody),
});

export const accountShape: Shape<AccountClaims> = {
  ...plainAccountShape,
  read(tree, current, spot) {
    const claims = plainAccountShape.read(tree, current, spot);
    const { limits } = claims.nats;
    // Limits by tier leave no room for others.
    if (limits.tiered_limits.size > 0) Object.assign(limits, jetStreamLimits.zero());
    return claims;
  },
};

type V1Account = Pick<AccountBody, 'imports' | 'exports' | 'revocations'> & {
  limits: NatsLimits & AccountLimitClaims;
  signing_keys: string[];
};

const v1Shape = struct<
  ClaimsData & { tags: string[]; type: string; issuer_account: string; nats: V1Account }
>('jwt.v1AccountClaims', {
  ...claimsDataMembers,
  ...v1Members,
  nats: member(
    struct<V1Account>('jwt.v1NatsAccount', {
      imports: member(imports),
      exports: member(exports),
      limits: member(
        struct<NatsLimits & AccountLimitClaims>('', {
          ...natsLimitsMembers,
          ...accountLimitMembers,
        }),
      ),
      signing_keys: member(stringList),
      revocations: member(revocationList),
    }),
  ),
});

/** Claims of version 1 in the form of version 2. */
export const v1AccountShape: Pick<Shape<AccountClaims>, 'zero' | 'read'> = {
  zero: () => accountShape.zero(),
  read(tree, _current, spot) {
    const old = v1Shape.read(tree, v1Shape.zero(), spot);
    const nats: AccountBody = {
      ...accountBody.zero(),
      imports: old.nats.imports,
      exports: old.nats.exports,
      revocations: old.nats.revocations,
      limits: { ...operatorLimits.zero(), ...old.nats.limits },
      signing_keys: new Map(old.nats.signing_keys.map((key) => [key, undefined])),
      tags: old.tags,
      type: old.type,
      version: 1,
    };
    return { ...claimsDataOf(old), nats };
  },
};

/** Claims of an account without limits and without JetStream. */
export function newAccountClaims(account: string): AccountClaims {
  const claims = accountShape.zero();
  const none = { subs: -1, data: -1, payload: -1, imports: -1, exports: -1, conn: -1, leaf: -1 };
  const limits = { ...claims.nats.limits, ...none, wildcards: true };
  return { ...claims, sub: account, nats: { ...claims.nats, limits, type: 'account' } };
}
