/** Reads from a message's header whether it is to be traced, and whether it may be. */

import { goQuote } from '../base/go-quote.ts';
import type { Connection } from '../connection/connection.ts';
import { isValidPublishSubject } from '../subject/validate.ts';
import type { InboundMsg } from '../wire/inbound-msg.ts';
import { buildMsg } from './build-msg.ts';
import { isContextSampled } from './latency-sampling.ts';
import { withHeader } from './message-header.ts';
import { MessageTrace, traceDestHeader, traceDisabled } from './message-trace.ts';

/** `skip`: the message goes nowhere. `msg` is the message to go on with. */
export interface TraceStart {
  readonly skip: boolean;
  readonly trace: MessageTrace | null;
  readonly msg: InboundMsg;
  /** The publisher may not publish there: the error to send is about this subject. */
  readonly denied?: string;
}

const interesting = /\r\n(?:Nats-Trace-Dest|traceparent)[^\r:]*:/i;

/** A look at the header that spares most messages the rest. */
export function mayBeTraced(msg: InboundMsg): boolean {
  return interesting.test(headerText(msg, msg.end));
}

function headerText({ buffer, payloadStart, headerSize }: InboundMsg, end: number): string {
  return buffer.latin1Slice(payloadStart, Math.min(payloadStart + headerSize, end));
}

interface TraceHeaders {
  readonly header: Map<string, string[]>;
  /** Only a sampled `traceparent` asks. */
  readonly external: boolean;
}

/** Undefined when nothing asks for a trace, or an earlier server has turned it off. */
export function readTraceHeaders(block: string): TraceHeaders | undefined {
  const start = 'NATS/1.0\r\n';
  if (!block.startsWith(start)) return undefined;
  const header = new Map<string, string[]>();
  let asked = false;
  let sampled = false;
  for (let at = start.length; at < block.length; ) {
    const colon = block.indexOf(':', at);
    const end = colon < 0 ? -1 : block.indexOf('\r\n', colon + 1);
    if (end < 0) break;
    const key = block.slice(at, colon);
    const value = block.slice(colon + 1, end).replace(/^[ \t]+|[ \t]+$/g, '');
    at = end + 2;
    if (key === '' || value === '') continue;
    if (!sampled && key.toLowerCase() === 'traceparent') sampled = isContextSampled(value);
    else if (!asked && key === traceDestHeader) {
      if (value === traceDisabled) return undefined;
      asked = true;
    }
    const known = header.get(key);
    if (known === undefined) header.set(key, [value]);
    else known.push(value);
  }
  return asked || sampled ? { header, external: !asked } : undefined;
}

/**
 * The trace of a message that is refused for its control line, from what has arrived of its header;
 * null when that asks for none.
 */
export function traceRefused(
  connection: Connection,
  msg: InboundMsg,
  error: string,
): MessageTrace | null {
  if (msg.headerSize <= 0 || !interesting.test(headerText(msg, msg.arrivedEnd))) return null;
  const { trace } = startTrace(connection, msg, msg.arrivedEnd);
  trace?.refuse(error);
  return trace;
}

/** Decides about tracing a client's message; `end` is where its bytes end. */
export function startTrace(connection: Connection, msg: InboundMsg, end = msg.end): TraceStart {
  const found = readTraceHeaders(headerText(msg, end));
  if (found === undefined) return { skip: false, trace: null, msg };
  const { header, external } = found;
  const value = (name: string): string => header.get(name)?.[0] ?? '';
  const only = !external && ['1', 'true', 'on'].includes(value('Nats-Trace-Only').toLowerCase());
  let dest = external ? '' : value(traceDestHeader);
  if (!external && dest === '') return { skip: only, trace: null, msg };
  const origin = value('Nats-Trace-Origin-Account');
  if (origin !== '') {
    connection.logError(
      `Message tracing disabled because of header "Nats-Trace-Origin-Account" with value=${goQuote(Buffer.from(origin, 'latin1'))}`,
    );
    return { skip: only, trace: null, msg: only ? msg : untraced(msg) };
  }
  if (external) {
    const { traceDest = '', traceSampling = 0 } = connection.account.spec ?? {};
    if (traceDest === '') return { skip: false, trace: null, msg };
    if (!isSampled(connection, traceSampling)) {
      return { skip: false, trace: null, msg: untraced(msg) };
    }
    dest = traceDest;
  }
  if (!isValidPublishSubject(dest)) {
    const shown = goQuote(Buffer.from(dest, 'latin1'));
    connection.logError(`Destination ${shown} is not valid, won't be able to trace events`);
    return { skip: only, trace: null, msg };
  }
  if (!mayPublishTrace(connection, dest)) return { skip: true, trace: null, msg, denied: dest };
  return { skip: false, trace: new MessageTrace({ connection, dest, header, msg, only }), msg };
}

/** Any other number than 1 to 99 is all of them. */
function isSampled(connection: Connection, percent: number): boolean {
  if (percent <= 0 || percent >= 100) return true;
  return connection.host.random.below(100) <= percent;
}

/** The destination is published to in the client's name: it needs the client's permission. */
function mayPublishTrace(connection: Connection, dest: string): boolean {
  if (dest.startsWith('_GR_.') || dest.startsWith('$GR.')) return false;
  const { account, host, permissions } = connection;
  if (dest.startsWith('$NRG.') && account !== host.systemAccount) return false;
  return permissions === undefined || permissions.canPublish(dest);
}

/** The message with tracing turned off for whoever gets it next. */
export function untraced(msg: InboundMsg): InboundMsg {
  return retraced(msg, traceDisabled);
}

/** The message with another destination for traces. */
function retraced(msg: InboundMsg, dest: string): InboundMsg {
  const headerEnd = msg.payloadStart + msg.headerSize;
  const header = withHeader(
    msg.buffer.subarray(msg.payloadStart, headerEnd),
    traceDestHeader,
    dest,
  );
  const payload = msg.buffer.subarray(headerEnd, msg.end - 2);
  return buildMsg(msg.subject(), msg.reply(), payload, header);
}
