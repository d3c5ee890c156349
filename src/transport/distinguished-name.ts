/**
 * Names of certificate subjects, which order and grouping make different: read from DER, printed as
 * Go prints them, parsed from the text of RFC 4514 as nats-server does, and compared.
 *
 * A name is a list of parts (relative distinguished names), each a set of attributes. In text the
 * last part of the certificate stands first. Values are kept as UTF-8 bytes, one character per byte:
 * `\C3\A9` in a text is the same as the letter in a certificate.
 */
import { DerReader, type DerValue, derTags, encodeDer, oidText } from './ocsp/der.ts';

export interface NameAttribute {
  /** `CN` or any text; as `1.2.3` when it has no short name. */
  readonly type: string;
  /** UTF-8, a character per byte. */
  readonly value: string;
}

/** In the order of the text form: the certificate's last part first. */
export type DistinguishedName = readonly (readonly NameAttribute[])[];

interface CertificateAttribute {
  readonly oid: string;
  readonly value: string;
}

/** Reads the DER of a name, in its order. Throws for what Go refuses: strings that are none, no name. */
export function readName(der: Buffer): CertificateAttribute[][] {
  const parts = new DerReader(new DerReader(der).next(derTags.sequence).content);
  return parts.rest(derTags.set).map(({ content }) =>
    new DerReader(content).rest(derTags.sequence).map((pair) => {
      const [oid, value] = new DerReader(pair.content).rest();
      if (oid?.tag !== derTags.oid || !value) throw new RangeError('not a name');
      return { oid: oidText(oid), value: stringValue(value) };
    }),
  );
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function stringValue({ tag, content }: DerValue): string {
  const latin1 = content.toString('latin1');
  switch (tag) {
    case 0x0c: // UTF8String
      return utf8.decode(content);
    case 0x12: // NumericString
      return checked(latin1, /^[0-9 ]*$/);
    case 0x13: // PrintableString, with the two characters that are often found in it
      return checked(latin1, /^[A-Za-z0-9 '()+,\-./:=?*&]*$/);
    case 0x14: // TeletexString, taken for latin1
      return latin1;
    case 0x16: // IA5String
      return checked(latin1, /^[\x00-\x7f]*$/);
    case 0x1e:
      return bmpString(content);
    default:
      throw new RangeError('not a string');
  }
}

function checked(text: string, form: RegExp): string {
  if (!form.test(text)) throw new RangeError('not such a string');
  return text;
}

/** Big-endian, without surrogates and reserved characters; a zero may end it. */
function bmpString(content: Buffer): string {
  if (content.length % 2 !== 0) throw new RangeError('not such a string');
  const text = Buffer.from(content).swap16().toString('utf16le').replace(/\0$/, '');
  return checked(text, /^[^\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]*$/);
}

/** Attributes with a field of their own in Go's pkix.Name, in the order in which Go writes them. */
const known: readonly (readonly [oid: string, short: string])[] = [
  ['2.5.4.6', 'C'],
  ['2.5.4.8', 'ST'],
  ['2.5.4.7', 'L'],
  ['2.5.4.9', 'STREET'],
  ['2.5.4.17', 'POSTALCODE'],
  ['2.5.4.10', 'O'],
  ['2.5.4.11', 'OU'],
  ['2.5.4.3', 'CN'],
  ['2.5.4.5', 'SERIALNUMBER'],
];
/** These hold one value in Go: the last one counts. */
const single = new Set(['2.5.4.3', '2.5.4.5']);
const domainComponent = '0.9.2342.19200300.100.1.25';
const shortNames = new Map([...known, [domainComponent, 'DC'] as const]);

/**
 * Only the kinds with a field in Go's pkix.Name (its `ToRDNSequence().String()`): grouped by kind
 * whatever the order of the certificate, the values of a kind joined by `+`.
 */
export function knownNameText(name: readonly (readonly CertificateAttribute[])[]): string {
  const all = name.flat();
  const parts: string[] = [];
  for (const [oid, short] of known) {
    let values = all.filter((attribute) => attribute.oid === oid).map(({ value }) => value);
    if (single.has(oid)) values = values.slice(-1).filter((value) => value !== '');
    if (values.length > 0) parts.push(values.map((v) => `${short}=${escapeValue(v)}`).join('+'));
  }
  return parts.reverse().join(',');
}

/** Go's `Name.String()`, as /connz shows it: attributes of other kinds follow, last to first. */
export function nameText(name: readonly (readonly CertificateAttribute[])[]): string {
  const fields = new Set(known.map(([oid]) => oid));
  const others = name
    .flat()
    .filter(({ oid }) => !fields.has(oid))
    .map(({ oid, value }) => `${oid}=#${valueDer(value).toString('hex')}`);
  const text = knownNameText(name);
  return [...(text === '' ? [] : [text]), ...others.reverse()].join(',');
}

/** Go prints such an attribute as the DER of its value: PrintableString when it can be one. */
function valueDer(value: string): Buffer {
  const printable = /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(value);
  return encodeDer(printable ? 0x13 : 0x0c, Buffer.from(value, 'utf8'));
}

function escapeValue(value: string): string {
  return value.replace(/[,+"\\<>;]|^[ #]| $/g, '\\$&');
}

/** `DC=com,DC=example`: domain components as they stand in the certificate, without escapes. */
export function domainComponentsText(name: readonly (readonly CertificateAttribute[])[]): string {
  const components = name.flat().filter(({ oid }) => oid === domainComponent);
  return components.map(({ value }) => `DC=${value}`).join(',');
}

/** The whole name for comparing; undefined when it has an attribute without a short name. */
export function distinguishedName(
  name: readonly (readonly CertificateAttribute[])[],
): DistinguishedName | undefined {
  if (name.flat().some(({ oid }) => !shortNames.has(oid))) return undefined;
  const parts = name.filter((part) => part.length > 0);
  return parts.reverse().map((part) =>
    [...part].reverse().map(({ oid, value }) => ({
      type: shortNames.get(oid) as string,
      value: bytesText(value),
    })),
  );
}

/** UTF-8, a character per byte. */
function bytesText(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/**
 * Reads the text of a name (RFC 4514) as nats-server reads user names; undefined when it is none.
 * Peculiar, and kept: blanks around types and values do not count unless escaped; an unescaped `=`
 * in a value begins the value anew; a last part whose value is empty is dropped with the part.
 */
export function parseDistinguishedName(text: string): DistinguishedName | undefined {
  const parts: NameAttribute[][] = [];
  let part: NameAttribute[] = [];
  let type = '';
  let token = '';
  for (const piece of pieces(bytesText(text))) {
    if (piece === undefined) return undefined;
    if (piece === '=#') return undefined;
    if (piece === '=') {
      type = trimToken(token);
      token = '';
    } else if (piece === ',' || piece === '+') {
      if (type === '') return undefined;
      part.push({ type, value: trimToken(token) });
      type = '';
      token = '';
      if (piece === ',') {
        parts.push(part);
        part = [];
      }
    } else if (piece !== ' ' || token !== '') token += piece;
  }
  if (token === '') return parts;
  if (type === '') return undefined;
  return [...parts, [...part, { type, value: trimToken(token) }]];
}

const specials = ' "#+,;<=>\\';
/** Stands for an escaped character: `\` and the byte. Blanks are trimmed, escaped ones are not. */
const escapeMark = '\\';

/** The characters of a text; an escaped one behind a mark, `=#` as one, undefined for a bad escape. */
function* pieces(text: string): Generator<string | undefined> {
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string;
    if (char === '=' && text[at + 1] === '#') yield '=#';
    if (char !== escapeMark) {
      yield char;
      continue;
    }
    at++;
    const escaped = text[at];
    if (escaped === undefined) return;
    if (specials.includes(escaped)) {
      yield escapeMark + escaped;
      continue;
    }
    const hex = text.slice(at, at + 2);
    if (!/^[0-9a-fA-F]{2}$/.test(hex)) yield undefined;
    yield escapeMark + String.fromCharCode(Number.parseInt(hex, 16));
    at++;
  }
}

/** Without its trailing blanks that are not escaped, and without the marks. */
function trimToken(token: string): string {
  const marked = [...token.matchAll(/\\[\s\S]|[^\\]/g)].map(([piece]) => piece);
  while (marked.at(-1) === ' ') marked.pop();
  return marked.map((piece) => piece.slice(-1)).join('');
}

/** Same parts in the same order. */
export function equalNames(a: DistinguishedName, b: DistinguishedName): boolean {
  return a.length === b.length && a.every((part, index) => equalParts(part, b[index] ?? []));
}

/** Same parts in any order; a part that repeats must repeat in both. */
export function sameParts(a: DistinguishedName, b: DistinguishedName): boolean {
  if (a.length !== b.length) return false;
  const left = [...b];
  return a.every((part) => {
    const at = left.findIndex((other) => equalParts(part, other));
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
}

/** As many attributes, and each found in the other; their order is of no account. */
function equalParts(a: readonly NameAttribute[], b: readonly NameAttribute[]): boolean {
  const within = (some: readonly NameAttribute[], all: readonly NameAttribute[]) =>
    some.every((one) => all.some((other) => equalAttributes(one, other)));
  return a.length === b.length && within(a, b) && within(b, a);
}

function equalAttributes(a: NameAttribute, b: NameAttribute): boolean {
  return a.value === b.value && foldType(a.type) === foldType(b.type);
}

/** Go's folding of case: two letters beyond ASCII fold into it (long s, the Kelvin sign). */
function foldType(type: string): string {
  return type
    .replaceAll('\xc5\xbf', 's')
    .replaceAll('\xe2\x84\xaa', 'k')
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
