/** Random numbers that are the same for the same seed: the generator sfc32. */
export class SeededRandom {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  constructor(private readonly seed: string) {
    [this.a, this.b, this.c] = hashesOf(seed);
    for (let round = 0; round < 12; round++) {
      this.word();
    }
  }

  /** Another generator, which the numbers of this one have no influence on. */
  fork(name: string | number): SeededRandom {
    return new SeededRandom(`${this.seed}/${name}`);
  }

  /** From 0 to 1, below 1. */
  readonly next = (): number => this.word() / 0x1_0000_0000;

  /** An unsigned 32-bit integer. */
  word(): number {
    const sum = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + sum;
    this.c |= 0;
    return sum >>> 0;
  }

  /** The time to the next of events that come independently of each other. */
  exponential(mean: number): number {
    return -Math.log(1 - this.next()) * mean;
  }

  /** @param sigma the standard deviation of the logarithm: 0 is always the mean, 1 has a long tail */
  logNormal(mean: number, sigma: number): number {
    const normal = Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
    return mean * Math.exp(sigma * normal - (sigma * sigma) / 2);
  }
}

/** Three hashes of a text: FNV-1a from three beginnings. */
function hashesOf(text: string): [number, number, number] {
  const hash = (start: number): number => {
    let value = start;
    for (let index = 0; index < text.length; index++) {
      value = Math.imul(value ^ text.charCodeAt(index), 0x0100_0193);
    }
    return value | 0;
  };
  return [hash(0x811c_9dc5), hash(0x9e37_79b9), hash(0x85eb_ca6b)];
}
