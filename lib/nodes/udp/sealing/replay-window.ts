/** How many counters back a datagram may arrive late. A power of two. */
export const WINDOW = 1024;

const WORD = 32;

/**
 * The counters of one sender that were seen (RFC 6479). Each is taken once; what is older than the
 * window counts as seen.
 */
export class ReplayWindow {
  /** A bit for each of the latest counters, at its place modulo the window. */
  private readonly bits = new Uint32Array(WINDOW / WORD);
  private highest: number;

  /** @param from the first counter that may come: all before it count as seen */
  constructor(from = 0) {
    this.highest = from - 1;
    this.bits.fill(0xffff_ffff);
  }

  isFresh(counter: number): boolean {
    if (counter > this.highest) {
      return true;
    }
    return counter > this.highest - WINDOW && (this.word(counter) & bit(counter)) === 0;
  }

  /** Takes a counter, which is fresh. */
  take(counter: number): void {
    const skipped = counter - this.highest - 1;
    if (skipped >= WINDOW) {
      this.bits.fill(0);
    } else {
      for (let missing = this.highest + 1; missing < counter; missing++) {
        this.bits[index(missing)] = this.word(missing) & ~bit(missing);
      }
    }
    this.bits[index(counter)] = this.word(counter) | bit(counter);
    this.highest = Math.max(this.highest, counter);
  }

  private word(counter: number): number {
    return this.bits[index(counter)] as number;
  }
}

function index(counter: number): number {
  return (counter % WINDOW) >>> 5;
}

function bit(counter: number): number {
  return 1 << (counter % WORD);
}
