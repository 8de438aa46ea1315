/**
 * The states of something that is opened, closed and opened again.
 *
 * ```text
 *               open()             started
 *    closed ────────────▶ opening ◀──────────▶ open
 *     ▲  ▲     failed      │   ▲    reopen()    │
 *     │  └─────────────────┤   │                │ close()
 *     │            close() │   └───────────┐    │
 *     │ stopped            ▼       stopped │    │
 *     └───────────────── closing ◀─────────┼────┘
 *                          │  ▲            │
 *                   open() │  │ close()    │
 *                          ▼  │            │
 *                         waiting ─────────┘
 * ```
 *
 * A state that lasts is an object of its own, so that its work finds out by identity whether it was
 * overtaken.
 */
type State =
  | { readonly name: 'closed' }
  | OpeningState
  | { readonly name: 'open' }
  | ClosingState
  | WaitingState;

/** Work is under way that opens it. */
interface OpeningState {
  readonly name: 'opening';
  readonly done: Promise<void>;
  readonly overtaken: AbortController;
}

/** Work is under way that closes it. */
interface ClosingState {
  readonly name: 'closing';
  readonly done: Promise<void>;
}

/** It opens once the closing has ended. */
interface WaitingState {
  readonly name: 'waiting';
  readonly done: Promise<void>;
  readonly closing: ClosingState;
}

/**
 * The work of an opening. `close` aborts the signal: after each wait the work calls
 * `signal.throwIfAborted()`. Whatever the work throws then, the opening ends as overtaken.
 */
export type Start = (signal: AbortSignal) => Promise<void> | void;

/** The work of a closing. */
export type Stop = () => Promise<void> | void;

/** Called once the state is `open`; it may call `close` or `reopen`. */
export type Started = () => void;

const CLOSED: State = { name: 'closed' };
const OPEN: State = { name: 'open' };

/**
 * Opens and closes something: calls that coincide share their work, an opening waits for the closing
 * before it, and `close` overtakes an opening.
 */
export class Lifecycle {
  private current: State = CLOSED;

  /** @param overtaken makes the error that an opening ends with when `close` overtakes it */
  constructor(private readonly overtaken: () => Error) {}

  get state(): State['name'] {
    return this.current.name;
  }

  /**
   * Opens. Does nothing when it is open.
   *
   * @param start does the work; without a promise it is done when it returns, and this is open then
   * @param started is called where this opening, and no other, has led to the state `open`
   * @throws what `start` throws, or the error of an opening that was overtaken
   */
  open(start: Start, started?: Started): Promise<void> {
    const { current } = this;
    switch (current.name) {
      case 'open':
        return Promise.resolve();
      case 'opening':
      case 'waiting':
        return current.done;
      case 'closed':
        return this.begin(start, started);
      default:
        return this.wait(current, start, started);
    }
  }

  /**
   * Opens once more what is open. Does nothing in any other state.
   *
   * @param start ends what is open, and opens it again
   * @param started is called once this is open again
   * @throws what `start` throws; this is closed then. Or the error of an opening that was overtaken
   */
  reopen(start: Start, started?: Started): Promise<void> {
    return this.current.name === 'open' ? this.begin(start, started) : Promise.resolve();
  }

  /**
   * Closes. Does nothing when it is closed. Where it overtakes an opening, it ends after that one's work.
   *
   * @param stop does the work; without a promise it is done when it returns, and this is closed then
   * @throws what `stop` throws; this is closed then, too
   */
  close(stop: Stop): Promise<void> {
    const { current } = this;
    switch (current.name) {
      case 'closed':
        return Promise.resolve();
      case 'closing':
        return current.done;
      case 'waiting':
        this.current = current.closing;
        return current.closing.done;
      default:
        return this.end(stop, current);
    }
  }

  private begin(start: Start, started: Started | undefined): Promise<void> {
    const overtaken = new AbortController();
    return during((done) => {
      const opening: State = { name: 'opening', done, overtaken };
      this.current = opening;
      return this.start(start, started, opening);
    });
  }

  private async start(
    start: Start,
    started: Started | undefined,
    opening: OpeningState,
  ): Promise<void> {
    const { signal } = opening.overtaken;
    try {
      const working = start(signal);
      if (working) {
        await working;
      }
      signal.throwIfAborted();
      this.current = OPEN;
    } catch (error) {
      if (this.current === opening) {
        this.current = CLOSED;
      }
      throw signal.aborted ? signal.reason : error;
    }
    started?.();
  }

  private wait(closing: ClosingState, start: Start, started?: Started): Promise<void> {
    return during(async (done) => {
      const waiting: State = { name: 'waiting', done, closing };
      this.current = waiting;
      await closing.done.catch(() => undefined);
      this.closed(closing);
      if (this.current !== waiting) {
        throw this.overtaken();
      }
      await this.begin(start, started);
    });
  }

  /** A closing has ended. A `close` in the moment after it may have restored it since. */
  private closed(closing: ClosingState): void {
    if (this.current === closing) {
      this.current = CLOSED;
    }
  }

  private end(stop: Stop, before: State): Promise<void> {
    return during(async (done) => {
      const closing: State = { name: 'closing', done };
      this.current = closing;
      try {
        if (before.name === 'opening') {
          before.overtaken.abort(this.overtaken());
        }
        const stopped = stop();
        if (stopped) {
          await stopped;
        }
        if (before.name === 'opening') {
          await before.done.catch(() => undefined);
        }
      } finally {
        this.closed(closing);
      }
    });
  }
}

/** Starts work that is given the promise of its own end. */
function during(work: (done: Promise<void>) => Promise<void>): Promise<void> {
  let settle!: (ended: Promise<void>) => void;
  const done = new Promise<void>((resolve) => {
    settle = resolve;
  });
  settle(work(done));
  return done;
}
