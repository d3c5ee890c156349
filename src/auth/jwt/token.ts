/**
 * The JWT itself: three pieces of base64url with dots between, header, claims and signature. Decoding
 * checks the form, the algorithm (Ed25519 only), the signature against the issuer that the claims
 * name, and that this issuer is of a kind that may issue such claims. Whether the issuer is trusted
 * and the claims are still valid is for others to say (trust.ts, the validate functions).
 *
 * Nothing but JwtError is ever thrown, whatever the text. Version 1 signed the claims alone, version 2
 * header and claims.
 */
import { createHash } from 'node:crypto';
import { goJson } from '../../base/go-json.ts';
import { goQuote } from '../../base/go-quote.ts';
import { JsonObject, type JsonTree, JsonTreeError, parseJsonTree } from '../../base/json-tree.ts';
import {
  encodeBase32,
  isPublicNkey,
  type KeyPair,
  type NkeyKind,
  verifySignature,
} from '../nkeys.ts';
import { type AccountClaims, accountShape, v1AccountShape } from './account-claims.ts';
import { type ActivationClaims, activationShape, v1ActivationShape } from './activation-claims.ts';
import {
  type AuthorizationRequestClaims,
  type AuthorizationResponseClaims,
  authorizationRequestShape,
  authorizationResponseShape,
} from './authorization-claims.ts';
import {
  type ClaimsData,
  claimsDataMembers,
  type GenericFields,
  plainGenericMembers,
} from './claims-data.ts';
import { type OperatorClaims, operatorShape, v1OperatorShape } from './operator-claims.ts';
import { JwtError, member, type Shape, struct, text, textShape, topSpot } from './shape.ts';
import { type UserClaims, userShape, v1UserShape } from './user-claims.ts';

/** Longest JWT that is looked at, in bytes. */
export const tokenBytesMax = 1024 * 1024;
/** Newest version of the claims that is understood. */
const claimsVersion = 2;

/** Claims as far as all have them; `nats` is as it was written. */
export interface GenericClaims extends ClaimsData {
  nats: JsonTree;
}

export interface ClaimsOfType {
  operator: OperatorClaims;
  account: AccountClaims;
  user: UserClaims;
  activation: ActivationClaims;
  authorization_request: AuthorizationRequestClaims;
  authorization_response: AuthorizationResponseClaims;
}

export type ClaimsType = keyof ClaimsOfType;

export type DecodedJwt =
  | { [K in ClaimsType]: { type: K; claims: ClaimsOfType[K] } }[ClaimsType]
  | { type: 'generic'; claims: GenericClaims };

interface ClaimsRule<T> {
  readonly shape: Shape<T>;
  /** How claims of version 1 are read; undefined where the version does not matter. */
  readonly v1: Pick<Shape<T>, 'zero' | 'read'> | undefined;
  readonly issuers: readonly NkeyKind[];
  /** Kind of the subject, demanded when the claims are written. */
  readonly subject: NkeyKind | undefined;
  /** Said when the claims are of another type. */
  readonly otherwise: string;
}

const rules: { readonly [K in ClaimsType]: ClaimsRule<ClaimsOfType[K]> } = {
  operator: {
    shape: operatorShape,
    v1: v1OperatorShape,
    issuers: ['operator'],
    subject: 'operator',
    otherwise: 'not operator claim',
  },
  account: {
    shape: accountShape,
    v1: v1AccountShape,
    issuers: ['account', 'operator'],
    subject: 'account',
    otherwise: 'not account claim',
  },
  user: {
    shape: userShape,
    v1: v1UserShape,
    issuers: ['account'],
    subject: 'user',
    otherwise: 'not user claim',
  },
  activation: {
    shape: activationShape,
    v1: v1ActivationShape,
    issuers: ['account', 'operator'],
    subject: 'account',
    otherwise: 'not activation claim',
  },
  authorization_request: {
    shape: authorizationRequestShape,
    v1: undefined,
    issuers: ['server'],
    subject: undefined,
    otherwise: 'not an authorization request claim',
  },
  authorization_response: {
    shape: authorizationResponseShape,
    v1: undefined,
    issuers: ['account'],
    subject: undefined,
    otherwise: 'not an authorization request claim',
  },
};

/** Decodes a JWT of any type and verifies its signature. Throws JwtError. */
export function decodeJwt(token: string): DecodedJwt {
  const [header, payload, signature] = splitToken(token);
  checkHeader(header);
  const { version, decoded } = loadClaims(parseTree(decodeBase64(payload)));
  checkSignature(decoded.claims.iss, version <= 1 ? 1 : 2, [header, payload, signature]);
  if (decoded.type !== 'generic') checkIssuer(rules[decoded.type].issuers, decoded.claims.iss);
  return decoded;
}

/**
 * Decodes what the JWTs of all types have in common, whatever type and issuer, and verifies the
 * signature. Here the algorithm tells what was signed, as in the official library. Throws JwtError.
 */
export function decodeGenericClaims(token: string): GenericClaims {
  const [header, payload, signature] = splitToken(token);
  const algorithm = checkHeader(header);
  const tree = parseTree(decodeBase64(payload));
  const data = genericShape.read(tree, genericShape.zero(), topSpot);
  checkSignature(data.iss, algorithm === 'ed25519' ? 1 : 2, [header, payload, signature]);
  return { ...data, nats: memberOf(tree, 'nats') };
}

type Chunks = readonly [header: string, payload: string, signature: string];

function splitToken(token: string): Chunks {
  const size = Buffer.byteLength(token);
  if (size > tokenBytesMax) {
    const large = `exceeds maximum of ${tokenBytesMax} bytes: token too large`;
    throw new JwtError(`token size ${size} ${large}`);
  }
  const [header, payload, signature, ...more] = token.split('.');
  if (payload === undefined || signature === undefined || more.length > 0) {
    throw new JwtError('expected 3 chunks');
  }
  return [header ?? '', payload, signature];
}

/** Version 1 signed the claims alone, version 2 the header, too. */
function checkSignature(
  issuer: string,
  version: 1 | 2,
  [header, payload, signature]: Chunks,
): void {
  const signed = version === 1 ? payload : `${header}.${payload}`;
  if (verifySignature(issuer, Buffer.from(signed), decodeBase64(signature))) return;
  throw new JwtError(`claim failed V${version} signature verification`);
}

/** Of several members of that name the last counts. */
function memberOf(tree: JsonTree, name: string): JsonTree {
  if (!(tree instanceof JsonObject)) return null;
  return tree.members.findLast(([known]) => known === name)?.[1] ?? null;
}

function decodeAs<K extends ClaimsType>(type: K, token: string): ClaimsOfType[K] {
  const decoded = decodeJwt(token);
  if (decoded.type === type) return decoded.claims as ClaimsOfType[K];
  throw new JwtError(rules[type].otherwise);
}

/** Each throws JwtError for what is no such JWT, or not signed by the issuer that it names. */
export const decodeOperatorClaims = (token: string) => decodeAs('operator', token);
export const decodeAccountClaims = (token: string) => decodeAs('account', token);
export const decodeUserClaims = (token: string) => decodeAs('user', token);
export const decodeActivationClaims = (token: string) => decodeAs('activation', token);
export const decodeAuthorizationRequest = (token: string) =>
  decodeAs('authorization_request', token);
export const decodeAuthorizationResponse = (token: string) =>
  decodeAs('authorization_response', token);

/** The claims of an activation token; undefined when it is none. */
export function tryDecodeActivation(token: string): ActivationClaims | undefined {
  try {
    return decodeActivationClaims(token);
  } catch (error) {
    if (error instanceof JwtError) return undefined;
    throw error;
  }
}

const decorated = /\s*(?:-{3,}.*-{3,}\r?\n)([\w\-.=]+)(?:\r?\n-{3,}.*-{3,}(?:\r?\n|$))/;

/** The JWT inside a file with `-----BEGIN NATS … JWT-----` lines, or the text as it is. */
export function undecorateJwt(file: string): string {
  return decorated.exec(file)?.[1] ?? file;
}

const headerShape = struct<{ typ: string; alg: string }>('jwt.Header', {
  typ: member(text),
  alg: member(text),
});

/** Returns the algorithm in small letters. */
function checkHeader(chunk: string): string {
  const tree = parseTree(decodeBase64(chunk));
  const { typ, alg } = headerShape.read(tree, headerShape.zero(), topSpot);
  if (typ.toUpperCase() !== 'JWT') throw new JwtError(`not supported type ${goQuote(typ)}`);
  const algorithm = alg.toLowerCase();
  if (['ed25519', 'ed25519-nkey'].includes(algorithm)) return algorithm;
  throw new JwtError(`unexpected ${goQuote(alg)} algorithm`);
}

const identifier = struct<{ type: string; nats: GenericFields }>('jwt.identifier', {
  type: member(textShape('jwt.ClaimType')),
  nats: member(struct<GenericFields>('jwt.GenericFields', plainGenericMembers)),
});

const genericShape = struct<ClaimsData>('jwt.GenericClaims', claimsDataMembers);

function loadClaims(tree: JsonTree): { version: number; decoded: DecodedJwt } {
  const { type: oldType, nats } = identifier.read(tree, identifier.zero(), topSpot);
  const type = oldType || nats.type;
  const version = oldType === '' ? nats.version : 1;
  if (version > claimsVersion) throw new JwtError('JWT was generated by a newer version ');
  if (type === 'cluster') throw new JwtError('ClusterClaims are not supported');
  if (type === 'server') throw new JwtError('ServerClaims are not supported');
  if (!isClaimsType(type)) return { version: -1, decoded: loadGeneric(tree) };
  const claims = readClaims(rules[type] as ClaimsRule<ClaimsData>, tree, version);
  return { version, decoded: { type, claims } as DecodedJwt };
}

function isClaimsType(type: string): type is ClaimsType {
  return Object.hasOwn(rules, type);
}

function loadGeneric(tree: JsonTree): DecodedJwt {
  const data = genericShape.read(tree, genericShape.zero(), topSpot);
  return { type: 'generic', claims: { ...data, nats: memberOf(tree, 'nats') } };
}

function readClaims<T>(rule: ClaimsRule<T>, tree: JsonTree, version: number): T {
  if (rule.v1 === undefined || version === claimsVersion) {
    return rule.shape.read(tree, rule.shape.zero(), topSpot);
  }
  if (version === 1) return rule.v1.read(tree, rule.v1.zero(), topSpot);
  throw new JwtError(`library supports version ${claimsVersion} or less - received ${version}`);
}

function checkIssuer(kinds: readonly NkeyKind[], issuer: string): void {
  if (isPublicNkey(issuer, ...kinds)) return;
  throw new JwtError(`unable to validate expected prefixes - [${kinds.join(' ')}]`);
}

/** Unpadded base64url; line ends are passed over, anything else foreign is an error. */
function decodeBase64(chunk: string): Buffer {
  const wrong = /[^A-Za-z0-9_\r\n-]/.exec(chunk);
  if (wrong !== null) throw new JwtError(`illegal base64 data at input byte ${wrong.index}`);
  const plain = chunk.replace(/[\r\n]/g, '');
  if (plain.length % 4 === 1) {
    throw new JwtError(`illegal base64 data at input byte ${chunk.length - 1}`);
  }
  return Buffer.from(plain, 'base64url');
}

function parseTree(bytes: Buffer): JsonTree {
  try {
    return parseJsonTree(bytes);
  } catch (error) {
    if (error instanceof JsonTreeError) throw new JwtError(error.message);
    throw error;
  }
}

/**
 * Signs claims with `pair`, as version 2. Issuer, `iat`, `jti`, type and version are set here. Throws JwtError when the subject or the pair is of a kind that
 * such claims do not have.
 */
export function encodeJwt<K extends ClaimsType>(
  type: K,
  claims: ClaimsOfType[K],
  pair: Pick<KeyPair, 'publicKey' | 'sign'>,
  nowSeconds: number,
): string {
  const rule = rules[type] as ClaimsRule<ClaimsData>;
  if (claims.sub === '') throw new JwtError('subject is not set');
  if (rule.subject !== undefined && !isPublicNkey(claims.sub, rule.subject)) {
    throw new JwtError(`expected subject to be ${rule.subject} public key`);
  }
  checkIssuer(rule.issuers, pair.publicKey);
  const nats = { ...claims.nats, type, version: claimsVersion };
  const signed = { ...claims, iss: pair.publicKey, iat: nowSeconds, jti: '', nats };
  signed.jti = hashOf(signed);
  return signPayload(goJson(rule.shape.write(signed)), pair);
}

/** Of the claims without `nats`, as the official library makes it. */
function hashOf(claims: ClaimsData): string {
  const hash = createHash('sha512-256').update(goJson(genericShape.write(claims)));
  return encodeBase32(hash.digest());
}

/** Header, payload and signature. */
export function signPayload(payload: string, pair: Pick<KeyPair, 'sign'>): string {
  const header = base64url('{"typ":"JWT","alg":"ed25519-nkey"}');
  const signed = `${header}.${base64url(payload)}`;
  return `${signed}.${pair.sign(Buffer.from(signed)).toString('base64url')}`;
}

function base64url(json: string): string {
  return Buffer.from(json).toString('base64url');
}
