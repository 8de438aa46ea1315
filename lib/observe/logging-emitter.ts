import { EventEmitter } from 'node:events';
import { RemoteCallError } from '../errors/remote-call.error.js';
import { callHook } from './call-hook.js';
import { type DropReport, REPORT_INTERVAL, describeDrop } from './drop-counter.js';
import { type ErrorLogger, logThrown } from './log-thrown.js';

/** The log of a {@link LoggingEmitter}. Nest's `Logger` is one. */
export interface EmitterLogger extends ErrorLogger {
  warn(message: string): void;
}

/** Events with the arguments of their listeners. */
type Listeners = Record<string, (...args: never[]) => void>;

/**
 * Emits events that belong to no call, and logs errors and drops. What a listener throws, or its
 * promise rejects with, is logged and does not reach the code that emits.
 */
export class LoggingEmitter<Events extends Listeners> {
  /** The least time between two reports of drops for one reason, in milliseconds. */
  reportInterval = REPORT_INTERVAL;

  private readonly emitter = new EventEmitter();

  /** @param names the events that there are */
  constructor(
    private readonly logger: EmitterLogger,
    private readonly names: readonly (keyof Events & string)[],
  ) {}

  /**
   * Adds a listener of an event.
   *
   * @throws {RemoteCallError} `INVALID_ARGUMENT` for an event that never comes
   */
  on<Name extends keyof Events & string>(event: Name, listener: Events[Name]): void {
    if (!this.names.includes(event)) {
      throw new RemoteCallError(
        `there is no event '${event}'; there are ${this.names.join(', ')}`,
        { event },
        { code: 'INVALID_ARGUMENT' },
      );
    }
    this.emitter.on(event, listener as unknown as (...args: unknown[]) => void);
  }

  /** Calls the listeners of an event. */
  emit<Name extends keyof Events & string>(event: Name, ...args: Parameters<Events[Name]>): void {
    for (const listener of this.emitter.listeners(event)) {
      callHook(
        () => listener(...args) as unknown,
        (error) => logThrown(this.logger, error),
      );
    }
  }

  /** Emits an error that ends no call, or logs it where there is no listener. */
  error(error: RemoteCallError): void {
    if (this.emitter.listenerCount('error') > 0) {
      this.emit('error', ...([error] as unknown as Parameters<Events['error']>));
    } else {
      this.logger.error(error.message);
    }
  }

  /** Emits and logs a drop. */
  drop(report: DropReport): void {
    this.logger.warn(describeDrop(report, this.reportInterval));
    this.emit('drop', ...([report] as unknown as Parameters<Events['drop']>));
  }
}
