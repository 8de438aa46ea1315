import type { RemoteCallError } from '../../errors/remote-call.error.js';
import { EnvelopeMessage } from '../../nodes/sending/envelope-message.js';
import type { Envelope } from '../../protocol/envelope.js';
import type { IncomingCall } from './incoming-call.js';

/** What a response in the queue takes besides its bytes, so that many small ones count for what they are. */
const OVERHEAD = 128;

/** What takes a response back that cannot be sent. */
export interface ResponseOwner {
  /** A response was handed to the transport, of so many bytes. */
  sent(bytes: number): void;
  lost(response: OutgoingResponse, error: RemoteCallError): void;
}

/** One of several values, the response, or the error that takes their place where too much waits. */
export type ResponseKind = 'item' | 'response' | 'last resort';

/** A response, or one of the values before it, on its way out. */
export class OutgoingResponse extends EnvelopeMessage {
  override readonly size: number;
  private readonly epoch: number;

  /** @param call that it belongs to, which it only reads */
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

  /** Whether the caller wants it no more, or another has taken its place. */
  override get abandoned(): boolean {
    const { isCancelled, isExtended, peer } = this.call;
    return isCancelled || (isExtended && peer.epoch !== this.epoch);
  }

  override sent(): void {
    this.owner.sent(this.size - OVERHEAD);
  }

  override failed(error: RemoteCallError): void {
    this.owner.lost(this, error);
  }
}
