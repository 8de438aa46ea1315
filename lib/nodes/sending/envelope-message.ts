import type { RemoteCallError } from '../../errors/remote-call.error.js';
import type { Envelope } from '../../protocol/envelope.js';
import type { Slice } from '../../cbor/slice.js';
import type { OutgoingMessage } from '../node.js';
import type { Route } from '../route.js';

/** An {@link OutgoingMessage} of one envelope, whose sender does not wait for the outcome. */
export class EnvelopeMessage implements OutgoingMessage {
  readonly size: number;

  /** @param isPackable whether the peer takes several envelopes in one payload */
  constructor(
    readonly route: Route,
    private readonly envelope: Envelope,
    private readonly isPackable: boolean,
  ) {
    this.size = envelope.size;
  }

  get abandoned(): boolean {
    return false;
  }

  slice(): Slice | undefined {
    const { envelope } = this;
    return this.isPackable && envelope.attachments.length === 0 ? envelope : undefined;
  }

  frames(): readonly Uint8Array[] {
    const { bytes, attachments } = this.envelope;
    return attachments.length === 0 ? [bytes] : [bytes, ...attachments];
  }

  sent(): void {
    // Where it does not arrive, the caller's timeout ends the call.
  }

  failed(_error: RemoteCallError): void {
    // The other side ends the call by a timeout of its own.
  }
}
