/** Tag of a byte string that travels in a frame of its own; a user's value may not carry it. */
export const ATTACHMENT_TAG = 65_000;

/** From how many bytes on a byte string may travel in a frame of its own. */
export const SMALLEST_ATTACHMENT = 16 * 1024;

/** The frames that the envelope being read may own, and which of them its tags refer to. */
export class AttachedFrames {
  private readonly taken = new Set<number>();
  private isFaulty = false;

  /**
   * @param frames those of the whole payload
   * @param first which of them is the first that this envelope may own
   */
  constructor(
    private readonly frames: readonly Buffer[],
    private readonly first: number,
  ) {}

  /** Whether the envelope has tags of attachments. */
  get areUsed(): boolean {
    return this.taken.size > 0 || this.isFaulty;
  }

  /** The frame that a tag refers to; undefined where there is none. */
  take(index: unknown): Buffer | undefined {
    const isIndex = typeof index === 'number' && index >= 0;
    const frame = isIndex ? this.frames[this.first + index] : undefined;
    if (!isIndex || frame === undefined || this.taken.has(index)) {
      this.isFaulty = true;
      return undefined;
    }
    this.taken.add(index);
    return frame;
  }

  /** Whether the tags refer to the first `count` frames, to each once, and to no others. */
  areExactly(count: number): boolean {
    return (
      !this.isFaulty && this.taken.size === count && [...this.taken].every((index) => index < count)
    );
  }
}
