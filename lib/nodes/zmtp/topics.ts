import { ProtocolError } from './core/protocol-error.js';

/** How much one subscriber may ask for. */
const MAX_TOPICS = 65_536;
const MAX_BYTES = 4 * 1024 * 1024;

/** Prefixes of topics, each with how often it was asked for (29/PUBSUB). */
export class Topics {
  private readonly counts = new Map<string, number>();
  /** How many prefixes have which length: a topic is looked up once for each. */
  private readonly lengths = new Map<number, number>();
  private bytes = 0;

  /** @throws {ProtocolError} where there are too many */
  add(topic: Uint8Array): void {
    const key = keyOf(topic);
    const count = this.counts.get(key) ?? 0;
    if (count === 0) {
      this.bytes += key.length;
      this.lengths.set(key.length, (this.lengths.get(key.length) ?? 0) + 1);
      if (this.counts.size >= MAX_TOPICS || this.bytes > MAX_BYTES) {
        throw new ProtocolError('a subscriber asks for too many topics');
      }
    }
    this.counts.set(key, count + 1);
  }

  /** Takes one {@link add} back. Does nothing for a topic that nobody asked for. */
  remove(topic: Uint8Array): void {
    const key = keyOf(topic);
    const count = this.counts.get(key) ?? 0;
    if (count > 1) {
      this.counts.set(key, count - 1);
    } else if (count === 1) {
      this.counts.delete(key);
      this.bytes -= key.length;
      this.forgetLength(key.length);
    }
  }

  /** Whether one of the prefixes begins this topic. */
  match(topic: Uint8Array): boolean {
    const text = keyOf(topic);
    for (const length of this.lengths.keys()) {
      if (length <= text.length && this.counts.has(text.slice(0, length))) {
        return true;
      }
    }
    return false;
  }

  private forgetLength(length: number): void {
    const count = (this.lengths.get(length) ?? 0) - 1;
    if (count > 0) {
      this.lengths.set(length, count);
    } else {
      this.lengths.delete(length);
    }
  }
}

/** A text of the same bytes, one character for each. */
function keyOf({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1');
}
