/**
 * Requests in JSON, decoded into a fixed set of fields as Go's encoding/json decodes into a struct,
 * with its error texts: unknown members are ignored, keys match in any letter case, `null` changes
 * nothing, a value of another type is an error that names the field, and integers are 64 bits wide:
 * what has a fraction, an exponent or does not fit is refused, never rounded.
 */
import { goJsonProblem } from './go-json-problem.ts';

/** What a field holds when it is not in the request: '', 0n, false, []. */
export type GoValue = string | bigint | boolean | readonly string[];
export type GoKind = 'string' | 'int' | 'uint64' | 'bool' | '[]string';

export interface GoField {
  readonly key: string;
  readonly kind: GoKind;
  /** Name of the type when it is not the kind: `server.SortOpt`. */
  readonly type?: string;
  /** The embedded struct the field belongs to. */
  readonly within?: string;
}

/** A Go struct: its name as error texts have it, and its fields. */
export interface GoStruct {
  readonly name: string;
  readonly fields: readonly GoField[];
}

/** Its message is Go's. */
export class GoDecodeError extends Error {
  readonly code = 'ERR_JSON';
}

export class GoRecord {
  private readonly values = new Map<string, GoValue>();

  set(key: string, value: GoValue): void {
    this.values.set(key, value);
  }

  text(key: string): string {
    const value = this.values.get(key);
    return typeof value === 'string' ? value : '';
  }

  int(key: string): bigint {
    const value = this.values.get(key);
    return typeof value === 'bigint' ? value : 0n;
  }

  bool(key: string): boolean {
    return this.values.get(key) === true;
  }

  list(key: string): readonly string[] {
    const value = this.values.get(key);
    return Array.isArray(value) ? (value as readonly string[]) : [];
  }
}

/** Throws GoDecodeError. An empty payload is no JSON. */
export function decodeGoStruct(payload: Buffer, struct: GoStruct): GoRecord {
  const problem = goJsonProblem(payload.latin1Slice());
  if (problem !== undefined) throw new GoDecodeError(problem);
  const text = payload.utf8Slice().trim();
  const record = new GoRecord();
  if (text === 'null') return record;
  if (!text.startsWith('{')) {
    const what = `${jsonKind(text)} into Go value of type server.${struct.name}`;
    throw new GoDecodeError(`json: cannot unmarshal ${what}`);
  }
  // The first wrong value is the one that is told, as Go does.
  for (const [key, raw] of members(text)) {
    const field = fieldOf(struct, key);
    if (field === undefined || raw === 'null') continue;
    record.set(field.key, decodeField(raw, field, struct));
  }
  return record;
}

function fieldOf(struct: GoStruct, key: string): GoField | undefined {
  const exact = struct.fields.find((field) => field.key === key);
  if (exact !== undefined) return exact;
  const folded = fold(key);
  return struct.fields.find((field) => fold(field.key) === folded);
}

/** Also the two letters outside ASCII that fold to ones inside: the long s and the Kelvin sign. */
function fold(key: string): string {
  return key.replaceAll('\u017f', 's').toLowerCase();
}

function decodeField(raw: string, field: GoField, struct: GoStruct): GoValue {
  if (field.kind === '[]string') return decodeList(raw, field, struct);
  const kind = jsonKind(raw);
  if (field.kind === 'bool' && kind === 'bool') return raw === 'true';
  if (field.kind === 'string' && kind === 'string') return JSON.parse(raw) as string;
  if (field.kind === 'int' || field.kind === 'uint64') {
    const value = kind === 'number' ? integer(raw, field.kind) : undefined;
    if (value !== undefined) return value;
    throw mismatch(kind === 'number' ? `number ${raw}` : kind, field, struct);
  }
  throw mismatch(kind, field, struct);
}

function decodeList(raw: string, field: GoField, struct: GoStruct): readonly string[] {
  if (!raw.startsWith('[')) throw mismatch(jsonKind(raw), field, struct);
  return elements(raw).map((item) => {
    if (item === 'null') return '';
    if (item.startsWith('"')) return JSON.parse(item) as string;
    throw mismatch(jsonKind(item), { ...field, kind: 'string' }, struct);
  });
}

const ranges = {
  int: [-(1n << 63n), (1n << 63n) - 1n],
  uint64: [0n, (1n << 64n) - 1n],
} as const;

/** More digits than any value in range has are not worth a bigint. */
const digitsMax = 20;

function integer(raw: string, kind: 'int' | 'uint64'): bigint | undefined {
  if (!/^-?[0-9]+$/.test(raw) || raw.length > digitsMax) return undefined;
  if (kind === 'uint64' && raw.startsWith('-')) return undefined;
  const value = BigInt(raw);
  const [min, max] = ranges[kind];
  return value >= min && value <= max ? value : undefined;
}

function mismatch(what: string, field: GoField, struct: GoStruct): GoDecodeError {
  const path = [struct.name, field.within, field.key].filter((part) => part !== undefined);
  const type = field.type ?? field.kind;
  return new GoDecodeError(
    `json: cannot unmarshal ${what} into Go struct field ${path.join('.')} of type ${type}`,
  );
}

function jsonKind(raw: string): string {
  switch (raw[0]) {
    case '{':
      return 'object';
    case '[':
      return 'array';
    case '"':
      return 'string';
    case 't':
    case 'f':
      return 'bool';
    default:
      return 'number';
  }
}

/** Keys and raw values of an object that is known to be valid JSON. */
function* members(object: string): Generator<[string, string]> {
  const parts = elements(object);
  for (let i = 0; i + 1 < parts.length; i += 2)
    yield [JSON.parse(parts[i]!) as string, parts[i + 1]!];
}

/** The raw values inside brackets of valid JSON; of an object key, value, key, value… */
function elements(container: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = -1;
  for (let at = 1; at < container.length; at++) {
    const char = container[at]!;
    if (char === '"') {
      if (start < 0) start = at;
      at = stringEnd(container, at);
      continue;
    }
    const separates = depth === 0 && (',:]}'.includes(char) || ' \t\r\n'.includes(char));
    if (separates) {
      if (start >= 0) parts.push(container.slice(start, at));
      start = -1;
      continue;
    }
    if (start < 0) start = at;
    if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') depth--;
  }
  return parts;
}

/** Where the string that opens at `at` closes. */
function stringEnd(text: string, at: number): number {
  let end = at + 1;
  while (text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
  return end;
}
