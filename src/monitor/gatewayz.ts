/** /gatewayz: gateways between clusters. This server connects none yet; what it is called is shown. */

import { omitEmpty } from '../base/omit-empty.ts';
import { splitHostPort } from '../options/go-url.ts';
import type { GatewayOptions } from '../options/types.ts';
import type { MonitorContext } from './context.ts';
import { timeText } from './time-text.ts';

export interface Gatewayz {
  server_id: string;
  now: string;
  name: string | undefined;
  host: string | undefined;
  port: number | undefined;
  /** null when `gw_name` asks for a gateway that is not connected. */
  outbound_gateways: Record<string, never> | null;
  inbound_gateways: Record<string, never>;
}

/** `name` is the only remote gateway to show; '' shows all. */
export function buildGatewayz(context: MonitorContext, name: string): Gatewayz {
  const { gateway } = context.options;
  const enabled = gateway.name !== '';
  const { host, port } = enabled ? advertised(gateway) : { host: '', port: 0 };
  return {
    server_id: context.info().server_id,
    now: timeText(context.clock.nowMs()),
    name: omitEmpty(gateway.name),
    host: omitEmpty(host),
    port: omitEmpty(port),
    outbound_gateways: enabled && name !== '' ? null : {},
    inbound_gateways: {},
  };
}

function advertised({ advertise, host, port }: GatewayOptions): { host: string; port: number } {
  if (advertise === '') return { host, port };
  const parts = splitHostPort(advertise);
  if (parts === undefined) return { host: advertise, port };
  return { host: parts.host, port: Number(parts.port) };
}
