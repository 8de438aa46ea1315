import type { RemoteCallError } from '../../errors/remote-call.error.js';
import { EnvelopeMessage } from '../../nodes/sending/envelope-message.js';
import type { Envelope } from '../../protocol/envelope.js';
import type { IncomingCall } from './incoming-call.js';

/** What an answer that waits takes besides its bytes, so that many small ones count for what they are. */
const OVERHEAD = 128;

/** Whoever sends responder. */
export interface ResponseOwner {
  /** It cannot be sent. */
  lost(reply: OutgoingResponse, error: RemoteCallError): void;
}

/** What a {@link OutgoingResponse} is: one of several values, the answer, or the answer that there is none. */
export type ResponseKind = 'item' | 'answer' | 'last resort';

/** An answer, or one of its values, on its way out. */
export class OutgoingResponse extends EnvelopeMessage {
  override readonly size: number;
  private readonly epoch: number;

  constructor(
    readonly call: IncomingCall,
    envelope: Envelope,
    readonly kind: ResponseKind,
    private readonly owner: ResponseOwner,
  ) {
    super(call.peer, envelope, call.isExtended);
    this.size = envelope.size + OVERHEAD;
    this.epoch = call.peer.epoch;
  }

  /** Sent even to a caller for whom too much waits already: it ends what fills the queue. */
  get isExempt(): boolean {
    return this.kind === 'last resort';
  }

  /** The caller wants it no more, or another has taken its place. */
  override get abandoned(): boolean {
    const { isCancelled, isExtended, peer } = this.call;
    return isCancelled || (isExtended && peer.epoch !== this.epoch);
  }

  override failed(error: RemoteCallError): void {
    this.owner.lost(this, error);
  }
}
