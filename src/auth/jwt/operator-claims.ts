import {
  type ClaimsData,
  claimsDataMembers,
  claimsDataOf,
  type GenericFields,
  genericMembers,
  stringList,
  v1Members,
} from './claims-data.ts';
import { flag, member, type Shape, struct, text } from './shape.ts';

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
