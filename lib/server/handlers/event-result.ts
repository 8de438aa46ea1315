import type { HandlerOutcome } from './handler-run.js';

/** What becomes of an event's handler: nobody hears of it but the log. */
export class EventOutcome implements HandlerOutcome {
  readonly streams = false;

  constructor(
    readonly crashed: (error: unknown) => void,
    readonly ended: () => void,
  ) {}

  room(): undefined {
    return undefined;
  }

  began(): void {
    // An event has no time limit.
  }

  item(): void {
    // Nobody wants its values.
  }

  answered(): void {
    // Nor the last of them.
  }

  failed(): void {
    // Nest's filters have dealt with it.
  }
}
