import type { ConfNode } from '../conf/node.ts';
import { listenRows, simpleAuthorizationRow } from './listen-rows.ts';
import type { OptionRow } from './option-row.ts';
import type { ParseContext } from './parse-context.ts';
import { asInt } from './readers.ts';
import { boolRow, durationRow, factsOf, intRow, stringRow } from './row-makers.ts';
import { tlsRow } from './tls-block.ts';
import type { MqttOptions } from './types.ts';

/** Packet identifiers have 16 bits, so no more can be in flight. */
const ACK_PENDING_MAX = 0xffff;

function readMaxAckPending(context: ParseContext, node: ConfNode, mqtt: MqttOptions): void {
  const value = asInt(node);
  if (value >= 0 && value <= ACK_PENDING_MAX) mqtt.maxAckPending = value;
  else {
    const shown = String(node.value);
    context.error(node, `invalid value ${shown}, should in [0..${ACK_PENDING_MAX}] range`);
  }
}

const itself = (mqtt: MqttOptions): MqttOptions => mqtt;

/** The `mqtt {}` block. */
export const mqttRows: OptionRow<MqttOptions>[] = [
  ...listenRows(itself),
  tlsRow(true, (mqtt, tls) => {
    mqtt.tls = tls;
  }),
  simpleAuthorizationRow(itself),
  stringRow(['no_auth_user'], { doc: 'User of clients without credentials.' }, (mqtt, value) => {
    mqtt.noAuthUser = value;
  }),
  durationRow(
    ['ack_wait', 'ackwait'],
    { doc: 'When an unacknowledged QoS 1 message is sent again.', byDefault: '30s' },
    (mqtt, ns) => {
      mqtt.ackWaitNs = ns;
    },
  ),
  durationRow(
    ['js_api_timeout', 'api_timeout'],
    { doc: 'How long to wait for JetStream.', byDefault: '5s' },
    (mqtt, ns) => {
      mqtt.jsApiTimeoutNs = ns;
    },
  ),
  {
    keys: ['max_ack_pending', 'max_pending', 'max_inflight'],
    shape: 'integer',
    ...factsOf({ doc: 'Most QoS 1 messages in flight per subscription.', byDefault: '1024' }),
    read: readMaxAckPending,
  },
  stringRow(['js_domain'], { doc: 'JetStream domain of the sessions.' }, (mqtt, value) => {
    mqtt.jsDomain = value;
  }),
  intRow(['stream_replicas'], { doc: 'Replicas of the streams.' }, (mqtt, value) => {
    mqtt.streamReplicas = value;
  }),
  {
    keys: ['consumer_replicas'],
    shape: 'any',
    ...factsOf({ doc: 'Ignored; kept so that old files are read.' }),
    read: (context, node, _mqtt, key) => {
      context.warnField(node, key, 'consumer replicas setting ignored in this server version');
    },
  },
  boolRow(
    ['consumer_memory_storage'],
    { doc: 'Keep consumers in memory.', byDefault: 'false' },
    (mqtt, value) => {
      mqtt.consumerMemoryStorage = value;
    },
  ),
  durationRow(
    ['consumer_inactive_threshold', 'consumer_auto_cleanup'],
    { doc: 'When unused consumers are deleted.' },
    (mqtt, ns) => {
      mqtt.consumerInactiveThresholdNs = ns;
    },
  ),
  boolRow(
    ['reject_qos2_publish'],
    { doc: 'Close clients that publish with QoS 2.', byDefault: 'false' },
    (mqtt, value) => {
      mqtt.rejectQoS2Publish = value;
    },
  ),
  boolRow(
    ['downgrade_qos2_subscribe'],
    { doc: 'Grant QoS 1 where QoS 2 was asked.', byDefault: 'false' },
    (mqtt, value) => {
      mqtt.downgradeQoS2Subscribe = value;
    },
  ),
];
