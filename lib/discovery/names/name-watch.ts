import { RemoteCallError } from '../../errors/remote-call.error.js';
import { BackOff } from '../../nodes/back-off.js';
import { QuietErrors } from '../../nodes/quiet-errors.js';
import type { NameLookup } from '../../nodes/names/lookup-lanes.js';

/** The least time between two lookups of a name that was found, in milliseconds. */
const LEAST_INTERVAL = 2000;

/** Receives what a {@link NameWatch} finds. */
export interface NameListener {
  /** The IP addresses of the name, whether they have changed or not. */
  found(ips: readonly string[]): void;
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
  | { readonly name: 'asking' }
  | { readonly name: 'found'; readonly at: number; readonly timer: NodeJS.Timeout | undefined }
  | { readonly name: 'failed'; readonly timer: NodeJS.Timeout }
  | { readonly name: 'closed' };

/** Looks a name up again and again. */
export class NameWatch {
  private state!: State;
  private readonly backOff = new BackOff();
  private readonly errors: QuietErrors;

  /** @param interval milliseconds between two lookups; 0 for none but those of `refresh` */
  constructor(
    private readonly name: string,
    private readonly interval: number,
    private readonly lookup: NameLookup,
    private readonly listener: NameListener,
  ) {
    this.errors = new QuietErrors((error) => listener.failed(error));
    this.ask();
  }

  /** Looks the name up soon. */
  refresh(): void {
    const { state } = this;
    // A shorter interval comes first.
    if (state.name === 'found' && !(this.interval > 0 && this.interval <= LEAST_INTERVAL)) {
      clearTimeout(state.timer);
      const left = Math.max(0, state.at + LEAST_INTERVAL - performance.now());
      this.state = { ...state, timer: setTimeout(() => this.ask(), left).unref() };
    }
  }

  close(): void {
    if ('timer' in this.state) {
      clearTimeout(this.state.timer);
    }
    this.state = { name: 'closed' };
  }

  private ask(): void {
    const asking: State = { name: 'asking' };
    this.state = asking;
    this.lookup(this.name).then(
      (ips) => this.state === asking && this.found(ips),
      (cause: NodeJS.ErrnoException) => this.state === asking && this.failed(cause),
    );
  }

  private found(ips: readonly string[]): void {
    this.backOff.succeeded();
    const { interval } = this;
    const timer = interval > 0 ? setTimeout(() => this.ask(), interval).unref() : undefined;
    this.state = { name: 'found', at: performance.now(), timer };
    this.listener.found(ips);
  }

  private failed(cause: NodeJS.ErrnoException): void {
    // It keeps the process alive, as a socket would that tries to connect.
    this.state = {
      name: 'failed',
      timer: setTimeout(() => this.ask(), this.backOff.failed()),
    };
    const { code: errno = 'UNKNOWN' } = cause;
    this.errors.add(
      new RemoteCallError(
        `cannot resolve ${this.name}: ${errno}`,
        { name: this.name, errno },
        { code: 'UNAVAILABLE', cause },
      ),
    );
  }
}
