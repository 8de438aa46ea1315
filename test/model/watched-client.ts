import type { ReadPacket, WritePacket } from '@nestjs/microservices';
import { RemoteClient } from 'nestjs-remote';

/** What became of one `send`, below rxjs, which would hide a second end from its observer. */
export interface Publication {
  /** How often it was told that it has ended. */
  ends: number;
  /** How often it was told anything after its end, or after it was unsubscribed. */
  late: number;
  isUnsubscribed: boolean;
}

/** A client that keeps account of what its calls are told. */
export class WatchedClient extends RemoteClient {
  readonly publications: Publication[] = [];

  protected override publish(
    packet: ReadPacket,
    callback: (packet: WritePacket) => void,
  ): () => void {
    const publication: Publication = { ends: 0, late: 0, isUnsubscribed: false };
    this.publications.push(publication);
    const unsubscribe = super.publish(packet, (response) => {
      if (publication.ends > 0 || publication.isUnsubscribed) {
        publication.late++;
      }
      if (response.isDisposed) {
        publication.ends++;
      }
      callback(response);
    });
    return () => {
      publication.isUnsubscribed = true;
      unsubscribe();
    };
  }
}
