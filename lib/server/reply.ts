import type { RemoteCallError } from '../errors/remote-call.error.js';
import { EnvelopeMessage } from '../nodes/envelope-message.js';
import type { Envelope } from '../protocol/envelope.js';
import type { IncomingCall } from './incoming-call.js';
import type { Peer } from './peer.js';

/** What an answer that waits takes besides its bytes, so that many small ones count for what they are. */
const OVERHEAD = 128;

/** An answer, or one of its values, on its way out. */
export class Reply extends EnvelopeMessage {
  override readonly size: number;
  private readonly epoch: number;

  /**
   * @param lost is told why it cannot be sent
   * @param isExempt whether it is sent even to a caller for whom too much waits already
   */
  constructor(
    private readonly call: IncomingCall,
    envelope: Envelope,
    private readonly lost: (error: RemoteCallError) => void,
    readonly isExempt = false,
  ) {
    super(call.peer, envelope, call.isExtended);
    this.size = envelope.size + OVERHEAD;
    this.epoch = call.peer.epoch;
  }

  get peer(): Peer {
    return this.call.peer;
  }

  /** The caller wants it no more, or another has taken its place. */
  override get abandoned(): boolean {
    const { isCancelled, isExtended, peer } = this.call;
    return isCancelled || (isExtended && peer.epoch !== this.epoch);
  }

  override failed(error: RemoteCallError): void {
    this.lost(error);
  }
}
