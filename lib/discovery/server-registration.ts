import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { RemoteCallError } from '../errors/remote-call.error.js';
import { reasonOf } from '../errors/thrown-text.js';
import type { Registration, Registry } from './registry.js';

/** How long a server waits for its registration to end, in milliseconds. */
const LONGEST_END = 2000;

/**
 * The state of a server's registration. Only the registration itself changes it.
 *
 * ```text
 *          begin()               end()
 *   none ──────────▶ registered ───────▶ leaving
 *     ▲                                     │
 *     └──────────── given back ─────────────┘
 * ```
 *
 * - `none`: the server is not listening, or has no registry.
 * - `registered`: the registry keeps it registered.
 * - `leaving`: the registration is being given back. The server takes calls yet.
 */
type State =
  | { readonly name: 'none' }
  | { readonly name: 'registered'; readonly registration: Registration }
  | { readonly name: 'leaving'; readonly ended: Promise<void> };

const NONE: State = { name: 'none' };

/** Registers a server while it listens. Does nothing for a server without a registry. */
export class ServerRegistration {
  private state: State = NONE;
  private hasWarned = false;

  /**
   * @param failed what goes wrong in the background
   * @param warned what the registry warns of, once
   */
  constructor(
    private readonly registry: Registry | undefined,
    private readonly failed: (error: RemoteCallError) => void,
    private readonly warned: (warning: string) => void,
  ) {}

  /** Whether it is being given back. */
  get isLeaving(): boolean {
    return this.state.name === 'leaving';
  }

  /**
   * Registers the server, unless it is registered.
   *
   * @param addresses what it is bound to
   * @param instance distinguishes this start of it from others, where it has a name for that
   * @throws what the registry says of a server that cannot be registered
   */
  begin(addresses: readonly string[], instance: string = randomUUID()): void {
    const { registry, failed } = this;
    if (registry && this.state.name !== 'registered') {
      const registration = registry.register({ addresses, instance }, failed);
      this.state = { name: 'registered', registration };
      this.warn(registration);
    }
  }

  /** Gives it back. Never rejects. */
  end(): Promise<void> {
    const { state } = this;
    if (state.name === 'registered') {
      const leaving: State = { name: 'leaving', ended: this.giveBack(state.registration) };
      this.state = leaving;
      void leaving.ended.then(() => {
        // It may listen again by then.
        if (this.state === leaving) {
          this.state = NONE;
        }
      });
    }
    return this.state.name === 'leaving' ? this.state.ended : Promise.resolve();
  }

  private warn(registration: Registration | undefined): void {
    const warning = registration?.warning;
    if (warning !== undefined && !this.hasWarned) {
      this.hasWarned = true;
      this.warned(warning);
    }
  }

  private async giveBack(registration: Registration): Promise<void> {
    const limit = new AbortController();
    try {
      // First: where it throws, nobody would wait for the other one.
      const ended = registration.end();
      await Promise.race([ended, setTimeout(LONGEST_END, undefined, limit)]);
    } catch (cause) {
      const message = `cannot give the registration back: ${reasonOf(cause)}`;
      this.failed(new RemoteCallError(message, {}, { code: 'UNAVAILABLE', cause }));
    } finally {
      limit.abort();
    }
  }
}
