/**
 * Claims of a user, and the permissions and limits that a scoped signing key gives to its users.
 * The object has the names of the JSON; what is missing there is empty, zero or false here.
 */
import { goQuote } from '../../base/go-quote.ts';
import { isPublicNkey } from '../nkeys.ts';
import { validateSubject } from './claim-subject.ts';
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
import { isKnownZone, parseTimeOfDay } from './connect-times.ts';
import {
  always,
  bigInteger,
  embed,
  flag,
  integer,
  list,
  type Members,
  member,
  optional,
  type Shape,
  struct,
  text,
} from './shape.ts';
import { parseNetwork } from './source-networks.ts';
import { Issues } from './validation.ts';

export interface ClaimPermission {
  allow: string[];
  deny: string[];
}

export interface ClaimPermissions {
  pub: ClaimPermission;
  sub: ClaimPermission;
  /** Replies to what was received: how many, for how many nanoseconds. */
  resp: { max: number; ttl: bigint } | undefined;
}

/** A daily window, `15:04:05` each; `end` before `start` is past midnight. */
export interface TimeRange {
  start: string;
  end: string;
}

/** Where from and when a user may connect. */
export interface UserLimits {
  /** CIDRs; none is everywhere. */
  src: string[];
  /** None is always. */
  times: TimeRange[];
  /** IANA name of the zone of `times`; empty is the server's own. */
  times_location: string;
}

/** -1 is unlimited. */
export interface NatsLimits {
  subs: number;
  data: number;
  payload: number;
}

export interface UserPermissionLimits extends ClaimPermissions, UserLimits, NatsLimits {
  bearer_token: boolean;
  proxy_required: boolean;
  allowed_connection_types: string[];
}

export interface UserBody extends UserPermissionLimits, GenericFields {
  /** The account, when a signing key of it issued the claims. */
  issuer_account: string;
}

export interface UserClaims extends ClaimsData {
  nats: UserBody;
}

const permission = struct<ClaimPermission>('jwt.Permission', {
  allow: member(stringList),
  deny: member(stringList),
});

const permissionMembers: Members<ClaimPermissions> = {
  pub: member(permission),
  sub: member(permission),
  resp: member(
    optional(
      struct<{ max: number; ttl: bigint }>('jwt.ResponsePermission', {
        max: always(integer('int')),
        ttl: always(bigInteger('time.Duration')),
      }),
    ),
  ),
};

export const permissionsShape = struct<ClaimPermissions>('jwt.Permissions', permissionMembers);

const timeRanges = list(
  struct<TimeRange>('jwt.TimeRange', { start: member(text), end: member(text) }),
  '[]jwt.TimeRange',
);

/** A list, or one text with commas, which is then lowered and cleaned. */
const cidrList: Shape<string[]> = {
  ...stringList,
  read(tree, _current, spot) {
    if (tree === null) return [];
    if (Array.isArray(tree)) {
      // A list with something else in it counts as a text that is none.
      if (tree.every((one) => one === null || typeof one === 'string')) {
        return stringList.read(tree, [], spot);
      }
    }
    const parts = text.read(tree, '', spot).toLowerCase().split(',');
    return [...new Set(parts.map((part) => part.trim()).filter((part) => part !== ''))];
  },
};

export const natsLimitsMembers: Members<NatsLimits> = embed('NatsLimits', {
  subs: member(integer()),
  data: member(integer()),
  payload: member(integer()),
});

const limitsMembers: Members<UserLimits & NatsLimits> = embed('Limits', {
  ...embed<UserLimits>('UserLimits', {
    src: member(cidrList),
    times: member(timeRanges),
    times_location: member(text),
  }),
  ...natsLimitsMembers,
});

const userLimitMembers: Members<UserPermissionLimits> = {
  ...embed('Permissions', permissionMembers),
  ...limitsMembers,
  bearer_token: member(flag),
  proxy_required: member(flag),
  allowed_connection_types: member(stringList),
};

/** The template of a scoped signing key; limits it does not name are unlimited. */
export const templateShape: Shape<UserPermissionLimits> = unlimited(
  struct('jwt.UserPermissionLimits', userLimitMembers),
);

export const userShape = struct<UserClaims>('jwt.UserClaims', {
  ...claimsDataMembers,
  nats: member(
    struct<UserBody>('jwt.User', {
      ...embed('UserPermissionLimits', userLimitMembers),
      issuer_account: member(text),
      ...genericMembers,
    }),
  ),
});

type V1User = ClaimPermissions & UserLimits & NatsLimits & { bearer_token: boolean; max: number };

const v1Shape = struct<
  ClaimsData & { tags: string[]; type: string; issuer_account: string; nats: V1User }
>('jwt.v1UserClaims', {
  ...claimsDataMembers,
  ...v1Members,
  nats: member(
    unlimited(
      struct<V1User>('jwt.v1User', {
        ...embed('Permissions', permissionMembers),
        ...limitsMembers,
        bearer_token: member(flag),
        max: member(integer()),
      }),
    ),
  ),
});

function unlimited<T extends NatsLimits>(shape: Shape<T>): Shape<T> {
  return { ...shape, zero: () => ({ ...shape.zero(), subs: -1, data: -1, payload: -1 }) };
}

/** Claims of version 1 in the form of version 2. */
export const v1UserShape: Pick<Shape<UserClaims>, 'zero' | 'read'> = {
  zero: () => userShape.zero(),
  read(tree, _current, spot) {
    const old = v1Shape.read(tree, v1Shape.zero(), spot);
    const { max: _dropped, ...limits } = old.nats;
    const { tags, type, issuer_account } = old;
    const none = { proxy_required: false, allowed_connection_types: [] };
    const nats = { ...limits, ...none, tags, type, issuer_account, version: 1 };
    return { ...claimsDataOf(old), nats };
  },
};

/** Claims of an unlimited user. */
export function newUserClaims(subject: string): UserClaims {
  const claims = userShape.zero();
  return {
    ...claims,
    sub: subject,
    nats: { ...claims.nats, subs: -1, data: -1, payload: -1, type: 'user' },
  };
}

export function validateUserClaims(claims: UserClaims, nowSeconds: number): Issues {
  const issues = new Issues();
  validateTimeFrame(claims, nowSeconds, issues);
  validatePermissions(claims.nats, issues);
  validateUserLimits(claims.nats, issues);
  const { issuer_account: account } = claims.nats;
  if (account !== '' && !isPublicNkey(account, 'account')) {
    issues.error('account_id is not an account public key');
  }
  return issues;
}

export function validatePermissions({ pub, sub }: ClaimPermissions, issues: Issues): void {
  for (const entry of [...sub.allow, ...sub.deny]) validateEntry(entry, true, issues);
  for (const entry of [...pub.allow, ...pub.deny]) validateEntry(entry, false, issues);
}

function validateEntry(entry: string, queueAllowed: boolean, issues: Issues): void {
  const parts = entry.split(' ');
  if (parts.length > 2) {
    issues.error(`Permission Subject "${entry}" contains too many spaces`);
    return;
  }
  for (const part of parts) validateSubject(part, issues);
  if (parts.length === 2 && !queueAllowed) {
    issues.error(`Permission Subject "${entry}" is not allowed to contain queue`);
  }
}

function validateUserLimits(limits: UserLimits, issues: Issues): void {
  for (const cidr of limits.src) {
    if (parseNetwork(cidr) === undefined) {
      issues.error(`invalid cidr ${goQuote(cidr)} in user src limits`);
    }
  }
  for (const range of limits.times) {
    validateTime('start', range.start, issues);
    validateTime('end', range.end, issues);
  }
  const zone = limits.times_location;
  if (zone !== '' && !isKnownZone(zone)) {
    issues.error(`could not parse iana time zone by name: unknown time zone ${zone}`);
  }
}

function validateTime(which: 'start' | 'end', time: string, issues: Issues): void {
  if (time === '')
    issues.error(`time ranges ${which} must contain a${which === 'end' ? 'n' : ''} ${which}`);
  else if (parseTimeOfDay(time) === undefined) {
    issues.error(`${which} in time range is invalid ${goQuote(time)}`);
  }
}
