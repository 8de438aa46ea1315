import { type WireHeader, type WireMessage, readSequence } from './wire.js';

/** One payload as it came, with its frames. */
export interface ReceivedPayload {
  /** Who sent it; empty on a DEALER. */
  identity: Buffer;
  /** The frame before the payload. */
  address: Buffer;
  payload: Buffer;
  /** The frames behind the payload. */
  attached: Buffer[];
  messages: WireMessage[];
}

/** One envelope as it came, with the payload that it came in. */
export interface Received extends ReceivedPayload {
  type: unknown;
  envelope: readonly unknown[];
  header: WireHeader | undefined;
}

/** Everything that has come to a bare socket, in order, to be awaited envelope by envelope. */
export class Inbox {
  readonly payloads: ReceivedPayload[] = [];
  readonly all: Received[] = [];
  private readonly taken = new Set<Received>();
  private waiting: (() => void)[] = [];

  add(identity: Buffer, address: Buffer, payload: Buffer, attached: Buffer[]): void {
    const received = { identity, address, payload, attached, messages: readSequence(payload) };
    this.payloads.push(received);
    for (const { envelope, header } of received.messages) {
      this.all.push({ ...received, type: envelope[0], envelope, header });
    }
    for (const wake of this.waiting.splice(0)) {
      wake();
    }
  }

  /** The next envelope that nobody has taken yet, of one type if that is given. */
  async next(type?: number): Promise<Received> {
    for (;;) {
      const found = this.all.find(
        (received) => !this.taken.has(received) && (type === undefined || received.type === type),
      );
      if (found) {
        this.taken.add(found);
        return found;
      }
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  /** Every envelope of these types so far, taken or not. */
  of(...types: readonly number[]): Received[] {
    return this.all.filter(({ type }) => types.includes(type as number));
  }

  /** Every ITEM and RESPONSE of a call so far, taken or not. */
  answersTo(id: number): Received[] {
    return this.of(1, 3).filter(({ envelope }) => envelope[1] === id);
  }

  /** Waits for the RESPONSE of a call, and returns all that came for it. */
  async untilAnswered(id: number): Promise<Received[]> {
    for (;;) {
      const answers = this.answersTo(id);
      if (answers.some(({ type }) => type === 1)) {
        return answers;
      }
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }
}
