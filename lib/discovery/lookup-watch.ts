import { RemoteCallError } from '../errors/remote-call.error.js';
import { BackOff } from '../nodes/back-off.js';
import { QuietErrors } from '../nodes/quiet-errors.js';

/** The least time between two lookups of a name that was found, in milliseconds. */
const LEAST_INTERVAL = 2000;

/** What the codes of `node:dns` and of the system mean, and what to do about it. */
const REMEDIES: Readonly<Record<string, string>> = {
  ENOTFOUND: 'no name server knows it: correct the name',
  ENODATA: 'it has no records of the kind that was asked for: correct the name',
  EAI_AGAIN: 'no name server responds: look at the network',
  ETIMEOUT: 'no name server responds: look at the network, or ask another one',
  ECONNREFUSED: 'there is no name server: correct its address',
};

/** What a lookup has found. */
export interface Looked<Found> {
  readonly found: Found;
  /** Milliseconds until the next lookup; 0 for none but that of `refresh`. */
  readonly interval: number;
  /** What could not be found beside it. It is reported as failures are. */
  readonly problems?: readonly NodeJS.ErrnoException[];
}

/**
 * Looks a name up.
 *
 * @param signal the watch is closed
 * @returns rejects with an error whose `code` says what is wrong
 */
export type Lookup<Found> = (signal: AbortSignal) => Promise<Looked<Found>>;

/** Receives what a {@link LookupWatch} finds. */
export interface LookupListener<Found> {
  /** What belongs to the name, whether it has changed or not. */
  found(found: Found): void;
  /** A lookup has failed, at a limited rate. Others follow. */
  failed(error: RemoteCallError): void;
}

/**
 * The state of a watch. Only the watch itself changes it.
 *
 * ```text
 *           found           refresh(), timer
 *   asking ────────▶ found ──────────────────┐
 *    │ ▲ ▲                                   │
 *    │ │ └───────────────────────────────────┘
 *    │ └───── timer ────┐
 *    └─── failed ────▶ failed
 *
 *   any ──close()──▶ closed
 * ```
 *
 * - `asking`: a lookup is under way.
 * - `found`: the timer begins the next one after the interval, or sooner after `refresh`.
 * - `failed`: the timer begins the next one, ever later while lookups fail.
 * - `closed`: it is not used again.
 */
type State =
  | { readonly name: 'asking'; readonly abort: AbortController }
  | {
      readonly name: 'found';
      readonly at: number;
      readonly interval: number;
      readonly timer: NodeJS.Timeout | undefined;
    }
  | { readonly name: 'failed'; readonly timer: NodeJS.Timeout }
  | { readonly name: 'closed' };

/** Looks a name up again and again. */
export class LookupWatch<Found> {
  private state!: State;
  private readonly backOff = new BackOff();
  private readonly errors: QuietErrors;

  /** @param name what is looked up, for the errors */
  constructor(
    private readonly name: string,
    private readonly lookup: Lookup<Found>,
    private readonly listener: LookupListener<Found>,
  ) {
    this.errors = new QuietErrors((error) => listener.failed(error));
    this.ask();
  }

  /** Looks the name up soon. */
  refresh(): void {
    const { state } = this;
    // A shorter interval comes first.
    if (state.name === 'found' && !(state.interval > 0 && state.interval <= LEAST_INTERVAL)) {
      clearTimeout(state.timer);
      const left = Math.max(0, state.at + LEAST_INTERVAL - performance.now());
      this.state = { ...state, timer: setTimeout(() => this.ask(), left).unref() };
    }
  }

  close(): void {
    const { state } = this;
    this.state = { name: 'closed' };
    if (state.name === 'asking') {
      state.abort.abort();
    } else if (state.name !== 'closed') {
      clearTimeout(state.timer);
    }
  }

  private ask(): void {
    const asking: State = { name: 'asking', abort: new AbortController() };
    this.state = asking;
    this.lookup(asking.abort.signal).then(
      (looked) => this.state === asking && this.found(looked),
      (cause: NodeJS.ErrnoException) => this.state === asking && this.failed(cause),
    );
  }

  private found({ found, interval, problems = [] }: Looked<Found>): void {
    this.backOff.succeeded();
    const timer = interval > 0 ? setTimeout(() => this.ask(), interval).unref() : undefined;
    this.state = { name: 'found', at: performance.now(), interval, timer };
    problems.forEach((problem) => this.report(problem));
    this.listener.found(found);
  }

  private failed(cause: NodeJS.ErrnoException): void {
    // It keeps the process alive, as a socket would that tries to connect.
    this.state = {
      name: 'failed',
      timer: setTimeout(() => this.ask(), this.backOff.failed()),
    };
    this.report(cause);
  }

  private report(cause: NodeJS.ErrnoException): void {
    const { code: errno = 'UNKNOWN' } = cause;
    const remedy = Object.hasOwn(REMEDIES, errno) ? `; ${REMEDIES[errno]}` : '';
    this.errors.add(
      new RemoteCallError(
        `cannot resolve ${this.name}: ${errno}${remedy}`,
        { name: this.name, errno },
        { code: 'UNAVAILABLE', cause },
      ),
    );
  }
}
