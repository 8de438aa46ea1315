import type { RemoteCallError } from '../errors/remote-call.error.js';
import type { OutgoingMessage } from '../nodes/node.js';

/** A message on its way through a router. */
export class Forwarded implements OutgoingMessage {
  readonly abandoned = false;
  readonly size: number;

  /**
   * @param address the identity of the peer that it goes to
   * @param content the frames after that
   */
  constructor(
    readonly address: Buffer,
    private readonly content: readonly Buffer[],
    private readonly outcome: { sent(): void; failed(error: RemoteCallError): void },
  ) {
    this.size = content.reduce((total, { byteLength }) => total + byteLength, 0);
  }

  frames(): readonly Buffer[] {
    return this.content;
  }

  sent(): void {
    this.outcome.sent();
  }

  failed(error: RemoteCallError): void {
    this.outcome.failed(error);
  }
}
