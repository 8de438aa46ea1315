import type { Dealer } from 'zeromq';
import { rawDealer } from '../robustness/raw-sockets.js';
import { Inbox, type Received } from './inbox.js';
import { Type, type WireHeader, header, sequence } from './wire.js';

const HEADER = header();

/** A client that sends what it likes, and reads all that comes. */
export class RawClient {
  readonly inbox = new Inbox();
  readonly dealer: Dealer;
  private lastId = 1000;
  private isLost = false;

  constructor(address: string) {
    this.dealer = rawDealer(address);
    this.dealer.events.on('disconnect', () => (this.isLost = true));
    void this.readAll();
  }

  /** Whether its link is gone: nothing more will come. */
  get hasLostLink(): boolean {
    return this.isLost;
  }

  /** Sends one payload; `-` is the address of a direct link. */
  async send(payload: Buffer, attached: readonly Buffer[] = [], address = '-'): Promise<void> {
    await this.dealer.send([address, payload, ...attached]);
  }

  /**
   * Sends a request of its own payload.
   *
   * @param head the header; null for none, as a base client's
   */
  async request(
    id: number,
    method: string,
    args: readonly unknown[] = [],
    head: WireHeader | null = HEADER,
  ): Promise<void> {
    const envelope = [Type.REQUEST, id, method, args];
    await this.send(head ? sequence(envelope, head) : sequence(envelope));
  }

  /** Calls a method, and waits for its answer. */
  async call(
    method: string,
    args: readonly unknown[] = [],
    head: WireHeader | null = HEADER,
  ): Promise<Received> {
    const id = ++this.lastId;
    await this.request(id, method, args, head);
    return (await this.inbox.untilAnswered(id)).at(-1) as Received;
  }

  /** Answers every PING from now on, those that have come too. */
  async answerPings(): Promise<void> {
    for (;;) {
      const { envelope } = await this.inbox.next(Type.PING);
      await this.send(sequence([Type.PONG, envelope[1]], HEADER));
    }
  }

  async cancel(id: number): Promise<void> {
    await this.send(sequence([Type.CANCEL, id], HEADER));
  }

  private async readAll(): Promise<void> {
    while (!this.dealer.closed) {
      try {
        const [address, payload, ...attached] = await this.dealer.receive();
        if (address && payload) {
          this.inbox.add(Buffer.alloc(0), address, payload, attached);
        }
      } catch {
        return; // Closed by the end of the test.
      }
    }
  }
}
