/** What the system account hears of peers whose certificates are not good. */
import type { CertificateInfo } from '../transport/ocsp/certificate.ts';
import type { OcspEvents } from '../transport/ocsp/peer-verifier.ts';
import type { EventPublisher } from './event-publisher.ts';

const prefix = 'io.nats.server.advisory.v1';

export class OcspPeerEvents implements OcspEvents {
  private readonly publisher: EventPublisher;

  constructor(publisher: EventPublisher) {
    this.publisher = publisher;
  }

  onPeerRejected(kind: string, peer: CertificateInfo, reason: string): void {
    this.publisher.publishEvent(this.subject('CONN.REJECT'), (server) => ({
      ...this.publisher.typed(`${prefix}.ocsp_peer_reject`),
      kind,
      peer,
      server,
      reason,
    }));
  }

  onLinkInvalid(link: CertificateInfo, peer: CertificateInfo, reason: string): void {
    this.publisher.publishEvent(this.subject('LINK.INVALID'), (server) => ({
      ...this.publisher.typed(`${prefix}.ocsp_peer_link_invalid`),
      link,
      peer,
      server,
      reason,
    }));
  }

  private subject(what: string): string {
    return `$SYS.SERVER.${this.publisher.host.info().server_id}.OCSP.PEER.${what}`;
  }
}
