/**
 * Subject transforms: from a source pattern and a destination template to a function from subject
 * to subject. Mappings, imports, stream transforms and republish all use this one.
 *
 * `orders.*.*` → `o.$2.{{partition(8,1)}}`: `$n` and `{{wildcard(n)}}` stand for the n-th `*` of
 * the source; other functions cut, hash or draw. `>` must end both or neither and carries the rest.
 * A strict transform (imports) uses only wildcards, and all of them, so that it can be reversed.
 *
 * Subjects are latin1 strings, so positions, sizes and hashes count bytes as nats-server's do.
 * Behaviour matched: server/subject_transform.go of 2.15.2, error texts included. An index below 1
 * passes its check and means the subject's first token.
 */
import type { Random } from '../platform/clock.ts';
import { isSubsetMatchTokens } from './match.ts';
import { hasWildcard, splitTokens } from './tokens.ts';
import { TransformError } from './transform-errors.ts';
import {
  isKnownFunction,
  looksLikeFunction,
  type Placeholder,
  parsePlaceholder,
  wildcardArgument,
} from './transform-placeholder.ts';
import { isValidLiteralSubject } from './validate.ts';

export { TransformError } from './transform-errors.ts';

interface SubjectInfo {
  readonly tokens: readonly string[];
  readonly partial: number;
  readonly full: boolean;
}

/** Tokens and wildcards of a subject; undefined when a token is empty or `>` is not last. */
function inspectSubject(subject: string): SubjectInfo | undefined {
  const tokens = splitTokens(subject);
  const firstFull = tokens.indexOf('>');
  if (tokens.includes('') || (firstFull >= 0 && firstFull < tokens.length - 1)) return undefined;
  const partial = tokens.filter((token) => token === '*').length;
  return { tokens, partial, full: firstFull >= 0 };
}

/** A destination token, its wildcards resolved to positions in the source. */
interface Step {
  readonly text: string;
  readonly placeholder: Placeholder;
  readonly positions: readonly number[];
}

function stepsFromWildcards(source: SubjectInfo, dest: SubjectInfo, strict: boolean): Step[] {
  const positionOf = [0];
  source.tokens.forEach((token, i) => {
    if (token === '*') positionOf.push(i);
  });
  return dest.tokens.map((text) => {
    const placeholder = parsePlaceholder(text);
    if (strict && placeholder.kind !== 'none' && placeholder.kind !== 'wildcard') {
      throw new TransformError('notForImport', text);
    }
    const positions = placeholder.wildcards.map((index) => {
      if (index > source.partial)
        throw new TransformError('indexOutOfRange', `${text}: [${index}]`);
      return index < 1 ? 0 : (positionOf[index] as number);
    });
    return { text, placeholder, positions };
  });
}

/** Without wildcards in the source only what needs none is possible. */
function stepsFromLiteral(dest: SubjectInfo): Step[] {
  return dest.tokens.map((text) => {
    const placeholder = parsePlaceholder(text);
    const { kind } = placeholder;
    if (kind !== 'none' && kind !== 'random' && kind !== 'partition') {
      throw new TransformError('indexOutOfRange', text);
    }
    return { text, placeholder, positions: [] };
  });
}

export interface TransformOptions {
  /** Only wildcards, and all of them: reversible, as imports need it. */
  readonly strict?: boolean;
  /** Needed by `{{random(n)}}`. */
  readonly random: Random;
}

export class SubjectTransform {
  readonly source: string;
  readonly dest: string;
  private readonly sourceTokens: readonly string[];
  private readonly steps: readonly Step[];
  private readonly carriesRest: boolean;
  private readonly random: Random;

  private constructor(
    source: string,
    dest: string,
    tokens: readonly string[],
    steps: Step[],
    random: Random,
  ) {
    this.source = source;
    this.dest = dest;
    this.sourceTokens = tokens;
    this.steps = steps;
    this.carriesRest = steps[steps.length - 1]?.text === '>';
    this.random = random;
  }

  /**
   * Undefined when `dest` is empty, which means "leave the subject alone". An empty source is `>`.
   * Throws TransformError.
   */
  static create(
    source: string,
    dest: string,
    options: TransformOptions,
  ): SubjectTransform | undefined {
    if (dest === '') return undefined;
    const from = source === '' ? '>' : source;
    const sourceInfo = inspectSubject(from);
    const destInfo = inspectSubject(dest);
    if (!sourceInfo || !destInfo || destInfo.partial > 0 || sourceInfo.full !== destInfo.full) {
      throw new TransformError('badSubject');
    }
    const strict = options.strict === true;
    const wild = sourceInfo.partial > 0 || sourceInfo.full;
    const steps = wild
      ? stepsFromWildcards(sourceInfo, destInfo, strict)
      : stepsFromLiteral(destInfo);
    if (wild && strict) {
      const used = steps.reduce((sum, step) => sum + step.positions.length, 0);
      if (used < sourceInfo.partial) throw new TransformError('notAllWildcards', dest);
    }
    return new SubjectTransform(from, dest, sourceInfo.tokens, steps, options.random);
  }

  /** Transforms a literal subject that the source matches; throws TransformError otherwise. */
  match(subject: string): string {
    if (this.source === '>' && this.dest === '>') return subject;
    if (!isValidLiteralSubject(subject)) throw new TransformError('badSubject');
    const tokens = splitTokens(subject);
    if (this.source !== '>' && !isSubsetMatchTokens(tokens, this.sourceTokens)) {
      throw new TransformError('noTransforms');
    }
    return this.transformTokens(tokens);
  }

  /** Transforms a subject already known to match the source. */
  transform(subject: string): string {
    return this.transformTokens(splitTokens(subject));
  }

  transformTokens(tokens: readonly string[]): string {
    let out = '';
    const last = this.steps.length - 1;
    for (let i = 0; i <= last; i++) {
      const step = this.steps[i] as Step;
      if (step.text === '>') break;
      out += this.resolve(step, tokens);
      if (i < last) out += '.';
    }
    if (this.carriesRest) out += tokens.slice(this.sourceTokens.length - 1).join('.');
    return out;
  }

  private resolve(step: Step, tokens: readonly string[]): string {
    const { kind, size, separator } = step.placeholder;
    const token = tokens[step.positions[0] ?? -1] ?? '';
    switch (kind) {
      case 'none':
        return step.text;
      case 'wildcard':
        return token;
      case 'partition':
        return String(partitionOf(partitionKey(step.positions, tokens), size));
      case 'random':
        return size === 0 ? '0' : String(this.random.below(Math.abs(size)));
      case 'split':
        return splitToken(token, separator);
      default:
        // Too short to cut, or a size that makes no sense: the token stays whole.
        return size > 0 && size < token.length ? cutters[kind](token, size) : token;
    }
  }

  /**
   * The transform from destination back to source; undefined when there is none. Meant for strict
   * transforms.
   */
  reverse(): SubjectTransform | undefined {
    const { subject, placeholders } = untokenizeTransform(this.dest);
    const tokens: string[] = [];
    for (const token of this.sourceTokens) {
      const placeholder = token === '*' ? placeholders.shift() : token;
      if (placeholder === undefined) return undefined;
      tokens.push(placeholder);
    }
    try {
      const options = { strict: true, random: this.random };
      return SubjectTransform.create(subject, tokens.join('.'), options);
    } catch {
      return undefined;
    }
  }
}

const cutters = {
  splitFromLeft: (token: string, at: number) => `${token.slice(0, at)}.${token.slice(at)}`,
  splitFromRight: (token: string, at: number) => `${token.slice(0, -at)}.${token.slice(-at)}`,
  sliceFromLeft: (token: string, size: number) => slices(token, size, size),
  sliceFromRight: (token: string, size: number) => slices(token, token.length % size || size, size),
  left: (token: string, size: number) => token.slice(0, size),
  right: (token: string, size: number) => token.slice(-size),
};

/** Cuts into tokens of `size`, the first of `first` characters. */
function slices(token: string, first: number, size: number): string {
  const out = [token.slice(0, first)];
  for (let at = first; at < token.length; at += size) out.push(token.slice(at, at + size));
  return out.join('.');
}

// A character of UTF-8 in a latin1 string: an invalid byte counts as one.
const utf8Character =
  /[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|\xed[\x80-\x9f][\x80-\xbf]|[\xe1-\xef][\x80-\xbf]{2}|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|[\s\S]/g;

/**
 * Splits a token into several. Empty pieces vanish; of adjoining separators the last one counts.
 * A token of separators only becomes empty, as it does in nats-server.
 */
function splitToken(token: string, separator: string): string {
  const parts = separator === '' ? (token.match(utf8Character) ?? []) : token.split(separator);
  let out = '';
  parts.forEach((part, i) => {
    out += part;
    const next = parts[i + 1];
    if (next !== undefined && next !== '' && !(i === 0 && part === '')) out += '.';
  });
  return out;
}

function partitionKey(positions: readonly number[], tokens: readonly string[]): string {
  if (positions.length === 0) return tokens.join('.');
  return positions.map((position) => tokens[position] ?? '').join('');
}

/** FNV-1a, 32 bits, of the key's bytes, modulo `buckets`; 0 for no buckets. */
export function partitionOf(key: string, buckets: number): number {
  if (buckets === 0) return 0;
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) {
    hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  }
  return (hash >>> 0) % (buckets >>> 0);
}

/** `foo.*.*` → `foo.$1.$2` */
export function tokenizeTransform(subject: string): string {
  let index = 0;
  return splitTokens(subject)
    .map((token) => (token === '*' ? `$${++index}` : token))
    .join('.');
}

/** `foo.$2.$1` → `foo.*.*` and the placeholders in order. */
export function untokenizeTransform(subject: string): { subject: string; placeholders: string[] } {
  const placeholders: string[] = [];
  const tokens = splitTokens(subject).map((token) => {
    const argument = wildcardArgument(token);
    if (!/^\$[1-9]/.test(token) && (argument === undefined || argument === '')) return token;
    placeholders.push(token);
    return '*';
  });
  return { subject: tokens.join('.'), placeholders };
}

/** Checks a mapping's destination more closely than `create` does; throws TransformError. */
export function validateMapping(source: string, dest: string, random: Random): void {
  if (dest === '') return;
  const tokens = splitTokens(dest);
  tokens.forEach((token, i) => {
    if (token === '' || (i > 0 && tokens[i - 1] === '>')) {
      throw new TransformError('invalidSubject', token);
    }
    if (looksLikeFunction(token)) {
      if (!isKnownFunction(token)) throw new TransformError('unknownFunction', token);
    } else if (/[\t\n\f\r ]/.test(token)) {
      throw new TransformError('invalidSubject');
    }
  });
  SubjectTransform.create(source, dest, { random });
}

/** Whether a subject needs `tokenizeTransform` to serve as a destination for itself. */
export function identityDestination(source: string): string {
  return hasWildcard(source) ? tokenizeTransform(source) : source;
}
