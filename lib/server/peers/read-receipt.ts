import { Ping } from '../../nodes/sending/ping.js';
import type { Envelope } from '../../protocol/envelope.js';
import type { Peer } from './peer.js';

/**
 * Where a receipt stands.
 *
 * ```text
 *             its PONG                   more is sent
 *   awaited ────────────▶ given ─────────────────────▶ outdated
 *      │
 *      └── the PING cannot be delivered ──▶ impossible
 * ```
 */
type ReceiptState = 'awaited' | 'given' | 'outdated' | 'impossible';

/**
 * A PING behind all that was sent to a peer. The peer reads in order, so its PONG says that it has read all
 * of that, and that what it sent before it read it is here.
 */
export class ReadReceipt extends Ping {
  /** When it was handed over, on the clock of `performance.now()`. */
  private sentAt = Infinity;
  private isUndeliverable = false;

  /** @param token that of the PING; those of one peer grow */
  constructor(
    private readonly peer: Peer,
    private readonly token: number,
    envelope: Envelope,
  ) {
    super(peer, envelope);
  }

  get state(): ReceiptState {
    if (this.isUndeliverable) {
      return 'impossible';
    }
    if (this.peer.answeredPing < this.token) {
      return 'awaited';
    }
    return this.peer.sentAt > this.sentAt ? 'outdated' : 'given';
  }

  override sent(): void {
    super.sent();
    this.sentAt = this.peer.sentAt;
  }

  override failed(): void {
    this.isUndeliverable = true;
  }
}
