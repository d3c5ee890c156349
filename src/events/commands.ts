/** Commands to this server: reload, and kick or warn one of its clients. */
import { decodeGoStruct, GoDecodeError, type GoStruct } from '../base/go-json-decode.ts';
import { closeReasons } from '../connection/close-reason.ts';
import type { Connection } from '../connection/connection.ts';
import type { EventPublisher } from './event-publisher.ts';
import { commandStruct, kickStruct, lameDuckStruct } from './request-options.ts';
import type { Request, Responder } from './responder.ts';

export class Commands {
  private readonly publisher: EventPublisher;
  private readonly responder: Responder;

  constructor(publisher: EventPublisher, responder: Responder) {
    this.publisher = publisher;
    this.responder = responder;
  }

  processReload(request: Request): void {
    void this.responder.perform(request, commandStruct, () => this.publisher.host.reload());
  }

  processKick(request: Request): void {
    const id = this.clientId(request, kickStruct);
    if (id === undefined) return;
    void this.responder.perform(request, commandStruct, () => {
      this.find(id, 'no such client or leafnode id').close(closeReasons.kicked);
    });
  }

  processLameDuck(request: Request): void {
    const id = this.clientId(request, lameDuckStruct);
    if (id === undefined) return;
    void this.responder.perform(request, commandStruct, () => {
      if (this.publisher.host.sendLameDuckInfo(this.find(id, 'no such client id'))) return;
      throw new Error(
        'client does not support Lame Duck Mode or is not ready to receive the notification',
      );
    });
  }

  private find(id: bigint, missing: string): Connection {
    const connection = this.publisher.host.client(Number(id));
    if (connection === undefined) throw new Error(missing);
    return connection;
  }

  /** A request that does not say which client is logged, not answered. */
  private clientId({ payload }: Request, struct: GoStruct): bigint | undefined {
    try {
      return decodeGoStruct(payload, struct).int('cid');
    } catch (error) {
      if (!(error instanceof GoDecodeError)) throw error;
      const { logger } = this.publisher.host;
      logger.error(`SYSTEM - Error unmarshalling kick client request: ${error.message}`);
      return undefined;
    }
  }
}
