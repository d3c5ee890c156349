/** Protocol trace lines of messages (`-V`), as nats-server writes them. */
import { goQuote } from '../base/go-quote.ts';
import type { Connection } from '../connection/connection.ts';
import type { Subscription } from '../subject/subscription.ts';
import type { InboundMsg } from '../wire/inbound-msg.ts';

/** `->> [MSG foo 1 5]` and its payload. */
export function traceDelivery(to: Connection, sub: Subscription, msg: InboundMsg): void {
  const withHeader = msg.headerSize >= 0 && to.headers;
  const reply = msg.hasReply ? ` ${msg.reply()}` : '';
  const sizes = withHeader
    ? `${msg.headerSize} ${msg.size}`
    : `${msg.size - Math.max(0, msg.headerSize)}`;
  const subject = sub.imported?.localSubject(msg.subject()) ?? msg.subject();
  to.traceOut(withHeader ? 'HMSG' : 'MSG', `${subject} ${sub.sid}${reply} ${sizes}`);
  tracePayload(to, msg, '->>', withHeader ? 0 : Math.max(0, msg.headerSize));
}

/** `<<- MSG_PAYLOAD: ["hello"]`, shortened to max_traced_msg_len, headers only with trace_headers. */
export function tracePayload(
  connection: Connection,
  msg: InboundMsg,
  direction: '<<-' | '->>',
  skip = 0,
): void {
  const { maxTracedMsgLen, traceHeaders } = connection.host.options;
  let start = msg.payloadStart + skip;
  let end = msg.end - 2;
  if (traceHeaders) {
    if (msg.headerSize <= 0 || skip > 0) return;
    start = msg.payloadStart;
    end = msg.payloadStart + msg.headerSize - 4;
  }
  const length = end - start;
  if (length <= 0) return;
  const cut = maxTracedMsgLen > 0 && length > maxTracedMsgLen;
  const quoted = goQuote(msg.buffer.subarray(start, cut ? start + maxTracedMsgLen : end));
  const text = cut ? `"${quoted.slice(1, -1)}..."` : quoted;
  connection.host.logger.trace(`${connection.label} - ${direction} MSG_PAYLOAD: [${text}]`);
}
