/** The block `server` of every event and answer: who speaks, with a number that rises. */
import { timeText } from '../base/go-time.ts';
import { omitEmpty } from '../base/omit-empty.ts';
import type { EventsHost } from './events-host.ts';

/** nats-server's ServerInfo, in its order. */
export interface ServerBlock {
  name: string;
  host: string;
  id: string;
  cluster: string | undefined;
  domain: string | undefined;
  ver: string;
  tags: readonly string[] | undefined;
  metadata: ReadonlyMap<string, string> | undefined;
  feature_flags: ReadonlyMap<string, boolean> | undefined;
  jetstream: boolean;
  /** Capabilities as bits; none without JetStream. */
  flags: number;
  seq: number;
  time: string;
}

export class ServerBlocks {
  private readonly host: EventsHost;
  /** The first block has 2, as in nats-server. */
  private seq = 1;

  constructor(host: EventsHost) {
    this.host = host;
  }

  next(): ServerBlock {
    const { host } = this;
    const { options } = host;
    const { server_name, host: address, server_id, version } = host.info();
    return {
      name: server_name,
      host: address,
      id: server_id,
      cluster: omitEmpty(clusterOf(host)),
      domain: omitEmpty(options.jetstream.domain),
      ver: version,
      tags: omitEmpty(options.tags),
      metadata: omitEmpty(new Map(Object.entries(options.metadata))),
      feature_flags: omitEmpty(host.featureFlags()),
      jetstream: false,
      flags: 0,
      seq: ++this.seq,
      time: timeText(host.clock.nowMs()),
    };
  }
}

/** A gateway's name stands for its cluster. */
function clusterOf(host: EventsHost): string {
  const { gateway } = host.options;
  return gateway.port === 0 ? host.clusterName : gateway.name;
}
