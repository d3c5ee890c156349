import { goQuote } from '../base/go-quote.ts';
import {
  type ConfArray,
  type ConfMap,
  type ConfNode,
  isConfArray,
  isConfMap,
} from '../conf/node.ts';
import { DurationError, parseDuration, second } from './duration.ts';
import { parseGoUrl, splitHostPort } from './go-url.ts';
import { goFloatText, goTypeName, goValueText } from './go-values.ts';
import { ConfigError, type ParseContext, TypeMismatch } from './parse-context.ts';
import type { OptionUrl, WriteTimeoutPolicy } from './types.ts';

/*
 * Typed values out of nodes. Each reader throws a ConfigError at the node's place with nats-server's
 * text; the loop over the block's entries notes it. Readers that take a context also warn.
 */

export function asString(node: ConfNode): string {
  if (typeof node.value === 'string') return node.value;
  throw new TypeMismatch(node, node.value, 'string');
}

export function asBool(node: ConfNode): boolean {
  if (typeof node.value === 'boolean') return node.value;
  throw new TypeMismatch(node, node.value, 'bool');
}

/** A 64-bit integer, e.g. a size in bytes. */
export function asInt64(node: ConfNode): bigint {
  if (typeof node.value === 'bigint') return node.value;
  throw new TypeMismatch(node, node.value, 'int64');
}

/** An integer that is a count or port: beyond 2^53 it is rounded. */
export function asInt(node: ConfNode): number {
  return Number(asInt64(node));
}

/** An integer cut to 32 bits as Go's int32(v): what nats-server does with account limits. */
export function asInt32(node: ConfNode): number {
  return Number(BigInt.asIntN(32, asInt64(node)));
}

export function asMap(node: ConfNode): ConfMap {
  if (isConfMap(node.value)) return node.value;
  throw new TypeMismatch(node, node.value, 'map[string]interface {}');
}

export function asArray(node: ConfNode): ConfArray {
  if (isConfArray(node.value)) return node.value;
  throw new TypeMismatch(node, node.value, '[]interface {}');
}

/** A duration text in nanoseconds; `describe` words the error around Go's message. */
export function readDurationText(
  node: ConfNode,
  text: string,
  describe: (reason: string) => string,
): bigint {
  try {
    return parseDuration(text);
  } catch (error) {
    if (error instanceof DurationError) throw new ConfigError(node, describe(error.message));
    throw error;
  }
}

/** A duration in nanoseconds; a bare number is seconds and earns a warning. */
export function readDuration(context: ParseContext, field: string, node: ConfNode): bigint {
  if (typeof node.value === 'string') {
    return readDurationText(node, node.value, (reason) => `error parsing ${field}: ${reason}`);
  }
  context.warnField(node, field, `${field} should be converted to a duration`);
  return BigInt.asIntN(64, asInt64(node) * second);
}

/**
 * Seconds of a timeout: an integer, a float or a duration text. `block` names the block in the
 * error, e.g. `authorization`.
 */
export function readSeconds(node: ConfNode, block: string): number {
  const value = node.value;
  if (typeof value === 'bigint' || typeof value === 'number') return Number(value);
  if (typeof value !== 'string') {
    throw new ConfigError(node, `error parsing ${block} config, 'timeout' wrong type`);
  }
  const ns = readDurationText(
    node,
    value,
    (why) => `error parsing ${block} config, 'timeout' ${why}`,
  );
  return Number(ns) / 1e9;
}

/** Warns, as nats-server does, of a timeout above a minute. */
export function warnHighTimeout(
  context: ParseContext,
  node: ConfNode,
  field: string,
  seconds: number,
): void {
  if (seconds <= 60) return;
  const shown = typeof node.value === 'number' ? goFloatText(node.value) : goValueText(node.value);
  context.warnField(
    node,
    field,
    `timeout of ${shown} (${seconds.toFixed(6)} seconds) is high, consider keeping it under 60 seconds. ` +
      "possibly caused by unquoted duration; use '1m' instead of 1m, for example",
  );
}

/** `port` or `host:port`. */
export function readListen(node: ConfNode): { host: string; port: number } {
  const value = node.value;
  if (typeof value === 'bigint') return { host: '', port: Number(value) };
  if (typeof value !== 'string') {
    throw new ConfigError(node, `expected port or host:port, got ${goTypeName(value)}`);
  }
  const parts = splitHostPort(value);
  if (parts === undefined) {
    throw new ConfigError(node, `could not parse address string ${goQuote(value)}`);
  }
  const port = parseGoInt(parts.port);
  if (port === undefined)
    throw new ConfigError(node, `could not parse port ${goQuote(parts.port)}`);
  return { host: parts.host, port };
}

/** A decimal integer as Go's strconv.Atoi; undefined where Go gives an error. */
export function parseGoInt(text: string): number | undefined {
  if (!/^[+-]?\d+$/.test(text)) return undefined;
  const value = BigInt(text.replace('+', ''));
  return value === BigInt.asIntN(64, value) ? Number(value) : undefined;
}

/** A URL; `kind` names what it is for in the error, e.g. `route`. */
export function readUrl(node: ConfNode, text: string, kind: string): OptionUrl {
  const trimmed = text.trim();
  try {
    return parseGoUrl(trimmed);
  } catch {
    throw new ConfigError(node, `error parsing ${kind} url [${goQuote(withoutUser(trimmed))}]`);
  }
}

/** What is no URL may have a password all the same. */
function withoutUser(text: string): string {
  return text.replace(/^([A-Za-z][\w+.-]*:\/\/)?.*@/s, '$1[REDACTED]@');
}

/** An array of URLs; a second copy of one is dropped with a warning. Undefined when one was bad. */
export function readUrls(
  context: ParseContext,
  node: ConfNode,
  kind: string,
): OptionUrl[] | undefined {
  const before = context.errors.length;
  const seen = new Set<string>();
  const urls: OptionUrl[] = [];
  for (const item of asArray(node).items) {
    // nats-server reads no further after a wrong type.
    const text = context.guard(() => asString(item));
    if (text === undefined) break;
    context.guard(() => {
      if (seen.has(text)) {
        context.warnField(item, text, `Duplicate ${kind} entry detected`);
        return;
      }
      seen.add(text);
      urls.push(readUrl(item, text, kind));
    });
  }
  return context.errors.length > before ? undefined : urls;
}

/** A string or an array of strings; undefined when it is neither (the error is noted). */
export function readStrings(
  context: ParseContext,
  node: ConfNode,
  field: string,
): string[] | undefined {
  if (typeof node.value === 'string') return [node.value];
  if (!isConfArray(node.value)) {
    context.error(node, `error parsing ${field}: unsupported type ${goTypeName(node.value)}`);
    return undefined;
  }
  const strings: string[] = [];
  for (const item of node.value.items) {
    if (typeof item.value === 'string') strings.push(item.value);
    else
      context.error(
        item,
        `error parsing ${field}: unsupported type in array ${goTypeName(item.value)}`,
      );
  }
  return strings;
}

export function readWriteTimeout(context: ParseContext, node: ConfNode): WriteTimeoutPolicy {
  const policy = asString(node);
  if (policy === 'default' || policy === 'close' || policy === 'retry') return policy;
  context.error(node, "write_timeout must be 'default', 'close' or 'retry'");
  return 'default';
}

/** Sets a name that comes from outside: `__proto__` becomes an ordinary entry, too. */
export function setEntry<Value>(record: Record<string, Value>, name: string, value: Value): void {
  Object.defineProperty(record, name, {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  });
}
