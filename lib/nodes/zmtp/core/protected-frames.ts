import type { Frame } from './frame-reader.js';
import type { Protection } from './protection.js';
import { type Announced, MessageBudget, type ReadBudget, type ReadLimits } from './read-budget.js';

/**
 * Takes frames out of those that they travel in, and holds them to the limits that hold without
 * protection.
 *
 * A frame announces its size from outside, but its flags from inside only. So what it announces must fit
 * as a frame of a message or as a command, and once it is open as what it is.
 */
export class ProtectedFrames implements ReadBudget {
  private readonly budget: MessageBudget;

  constructor(
    private readonly protection: Protection,
    limits: ReadLimits,
  ) {
    this.budget = new MessageBudget(limits);
  }

  get unfinished(): number {
    return this.budget.unfinished;
  }

  check({ bodySize }: Announced): void {
    const inside = bodySize - this.protection.overhead;
    if (inside > this.budget.limits.maxCommand) {
      this.budget.check({ isCommand: false, hasMore: false, bodySize: inside });
    }
  }

  /** Nothing is known of it before it is open. */
  count(): void {}

  /** @throws {ProtocolError} for a frame that is not protected as it must be, or over a limit */
  open(frame: Frame): Frame {
    const opened = this.protection.open(frame);
    const { isCommand, hasMore, body } = opened;
    const announced = { isCommand, hasMore, bodySize: body.length };
    this.budget.check(announced);
    this.budget.count(announced);
    return opened;
  }
}
