import type { ReadPacket, WritePacket } from '@nestjs/microservices';
import { RemoteClient } from 'nestjs-remote';

/** What became of one `send`, below rxjs, which would hide a second end from its observer. */
export interface Publication {
  /** How often its callback got an end. */
  ends: number;
  /** How often its callback was called after the end, or after it was unsubscribed. */
  afterEnd: number;
  isUnsubscribed: boolean;
}

/** A client that counts what the callbacks of its calls get. */
export class WatchedClient extends RemoteClient {
  readonly publications: Publication[] = [];

  protected override publish(
    packet: ReadPacket,
    callback: (packet: WritePacket) => void,
  ): () => void {
    const publication: Publication = { ends: 0, afterEnd: 0, isUnsubscribed: false };
    this.publications.push(publication);
    const unsubscribe = super.publish(packet, (response) => {
      if (publication.ends > 0 || publication.isUnsubscribed) {
        publication.afterEnd++;
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
