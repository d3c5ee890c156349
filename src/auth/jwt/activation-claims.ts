import { isPublicNkey } from '../nkeys.ts';
import { validateSubject } from './claim-subject.ts';
import {
  type ClaimsData,
  claimsDataMembers,
  claimsDataOf,
  type GenericFields,
  genericMembers,
  subject,
  v1Members,
} from './claims-data.ts';
import { type ExportType, exportType } from './export-claims.ts';
import { integer, list, member, type Shape, struct, text } from './shape.ts';
import type { Issues } from './validation.ts';

export interface ActivationBody extends GenericFields {
  /** What may be imported. */
  subject: string;
  kind: ExportType;
  /** The exporting account, when a signing key of it issued the claims. */
  issuer_account: string;
}

/** Claims of a token with which an account (`sub`) imports what another one (`iss`) exports. */
export interface ActivationClaims extends ClaimsData {
  nats: ActivationBody;
}

export const activationShape = struct<ActivationClaims>('jwt.ActivationClaims', {
  ...claimsDataMembers,
  nats: member(
    struct<ActivationBody>('jwt.Activation', {
      subject: member(subject),
      kind: member(exportType),
      issuer_account: member(text),
      ...genericMembers,
    }),
  ),
});

interface V1Activation {
  subject: string;
  type: ExportType;
  max: number;
  payload: number;
  src: string;
  times: { start: string; end: string }[];
}

const v1Body = struct<V1Activation>('jwt.v1NatsActivation', {
  subject: member(subject),
  type: member(exportType),
  max: member(integer()),
  payload: member(integer()),
  src: member(text),
  times: member(
    list(
      struct<{ start: string; end: string }>('jwt.TimeRange', {
        start: member(text),
        end: member(text),
      }),
      '[]jwt.TimeRange',
    ),
  ),
});

const v1Shape = struct<
  ClaimsData & { tags: string[]; type: string; issuer_account: string; nats: V1Activation }
>('jwt.v1ActivationClaims', { ...claimsDataMembers, ...v1Members, nats: member(v1Body) });

/** Claims of version 1 in the form of version 2. */
export const v1ActivationShape: Pick<Shape<ActivationClaims>, 'zero' | 'read'> = {
  zero: () => activationShape.zero(),
  read(tree, _current, spot) {
    const old = v1Shape.read(tree, v1Shape.zero(), spot);
    const { tags, type, issuer_account } = old;
    const body = { subject: old.nats.subject, kind: old.nats.type };
    return { ...claimsDataOf(old), nats: { ...body, issuer_account, tags, type, version: 1 } };
  },
};

/** All but the times. */
export function validateActivation(claims: ActivationClaims, issues: Issues): void {
  const { kind, subject: imported, issuer_account: account } = claims.nats;
  if (kind === '') issues.error('invalid import type: "unknown"');
  validateSubject(imported, issues);
  if (account !== '' && !isPublicNkey(account, 'account')) {
    issues.error('account_id is not an account public key');
  }
}
