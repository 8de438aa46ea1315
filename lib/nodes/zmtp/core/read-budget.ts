import type { FrameHead } from './frame-head.js';
import { ProtocolError } from './protocol-error.js';

/** What a frame costs in memory beside its bytes, about. */
export const FRAME_COST = 128;

/** How much may come in. It is checked when a frame announces its size, before memory is spent. */
export interface ReadLimits {
  /** Bytes of one command. */
  readonly maxCommand: number;
  /** Bytes of one frame of a message. */
  readonly maxFrame: number;
  /**
   * Bytes of all frames of a message, and {@link FRAME_COST} for each. So are commands between them: the
   * frames that wait for the rest keep the chunks that all of them came in.
   */
  readonly maxMessage: number;
}

/** What a frame says of itself. */
export type Announced = Omit<FrameHead, 'headSize'>;

/** Holds frames to limits. */
export interface ReadBudget {
  /** How much of an unfinished message has come in whole frames: their bytes, and their cost. */
  readonly unfinished: number;
  /**
   * A frame is about to come.
   *
   * @throws {ProtocolError} where it is over a limit
   */
  check(frame: Announced): void;
  /** It has come. */
  count(frame: Announced): void;
}

/** Holds frames of messages, and commands between them, to {@link ReadLimits}. */
export class MessageBudget implements ReadBudget {
  private messageSize = 0;

  constructor(readonly limits: ReadLimits) {}

  get unfinished(): number {
    return this.messageSize;
  }

  check({ isCommand, bodySize }: Announced): void {
    const { maxCommand, maxFrame, maxMessage } = this.limits;
    if (isCommand && bodySize > maxCommand) {
      throw new ProtocolError(`a command of ${bodySize} bytes is over the limit of ${maxCommand}`);
    }
    if (!isCommand && bodySize > maxFrame) {
      throw new ProtocolError(`a frame of ${bodySize} bytes is over the limit of ${maxFrame}`);
    }
    if ((!isCommand || this.isUnfinished) && this.messageSize + bodySize > maxMessage) {
      throw new ProtocolError(`a message is over the limit of ${maxMessage} bytes`);
    }
  }

  count({ isCommand, hasMore, bodySize }: Announced): void {
    if (hasMore || (isCommand && this.isUnfinished)) {
      this.messageSize += bodySize + FRAME_COST;
    } else if (!isCommand) {
      this.messageSize = 0;
    }
  }

  /** Whether frames of a message wait for the rest of it. */
  private get isUnfinished(): boolean {
    return this.messageSize > 0;
  }
}
