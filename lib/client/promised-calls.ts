import type { ReadPacket } from '@nestjs/microservices';
import { RemoteCallError } from '../errors/remote-call.error.js';
import type { EarlierTry } from '../observe/call-trace.js';
import { wholeNumber } from '../options/option-check.js';
import { abortable } from './abortable.js';
import type { CallMaker } from './call-maker.js';
import { PromiseSink } from './calls/call-sinks.js';
import { NO_RETRIES, RetryLostCalls, type RetryPolicy } from './calls/retry-policy.js';
import { type IssueCallOptions, checkCall } from './issue-call-options.js';
import { type RemotePacket, asRemotePacket, optionsOf } from './remote-packet.js';
import { RemoteRecord } from './remote-record.js';

/** What {@link PromisedCalls} needs of its client. */
export interface PromisedCallsOwner {
  methodOf(packet: Pick<ReadPacket, 'pattern'>): string;
  createPacket(pattern: unknown, data: RemoteRecord): ReadPacket;
  /** The result as the callers of this client get it. */
  serializeResponse(result: unknown): unknown;
}

/** Makes the calls and events that callers have promises of, which a signal can end early. */
export class PromisedCalls {
  constructor(
    private readonly calls: CallMaker,
    private readonly owner: PromisedCallsOwner,
  ) {}

  /**
   * Makes a call or, with `notification`, sends an event, and as many times more as `retries` says.
   *
   * @throws {RemoteCallError} what the last attempt ended with
   */
  issue(method: unknown, args: readonly unknown[], options: IssueCallOptions): Promise<unknown> {
    const ended = this.repeat(method, args, options);
    if (options.notification) {
      // Without a handler of its own, an event that nobody awaits would end the process.
      ended.catch(() => undefined);
    }
    return ended;
  }

  /** Sends an event once. */
  notify(packet: RemotePacket, signal?: AbortSignal, earlier?: EarlierTry): Promise<void> {
    const method = this.owner.methodOf(packet);
    return abortable(signal, aborted(method), (resolve, reject) => {
      const sink = { sent: resolve, rejected: reject };
      const event = this.calls.notify(method, packet.args, optionsOf(packet), sink, earlier);
      return () => event.cancel();
    });
  }

  private async repeat(
    method: unknown,
    args: readonly unknown[],
    options: IssueCallOptions,
  ): Promise<unknown> {
    const { signal, notification } = options;
    const { packet, policy } = notification
      ? this.calls.countFailure(
          () => this.owner.methodOf({ pattern: method }),
          () => this.prepare(method, args, options),
        )
      : this.prepare(method, args, options);
    let earlier: EarlierTry | undefined;
    for (let attempt = 1; ; attempt++) {
      if (signal?.aborted) {
        throw aborted(this.owner.methodOf(packet))(signal);
      }
      try {
        return await (notification
          ? this.notify(packet, signal, earlier)
          : this.request(packet, signal, earlier));
      } catch (error) {
        const delay = policy.next(error, attempt);
        if (delay === undefined) {
          throw error;
        }
        const code = error instanceof RemoteCallError ? error.code : 'UNKNOWN';
        earlier = { count: attempt, code };
        if (delay > 0) {
          await this.pause(delay, packet, signal);
        }
      }
    }
  }

  private prepare(
    method: unknown,
    args: readonly unknown[],
    options: IssueCallOptions,
  ): { packet: RemotePacket; policy: RetryPolicy } {
    checkCall(args, options);
    const { signal: _signal, notification: _notification, retries, ...callOptions } = options;
    const packet = this.owner.createPacket(method, new RemoteRecord(args, callOptions));
    return { packet: asRemotePacket(packet), policy: retryPolicy(retries) };
  }

  private request(
    packet: RemotePacket,
    signal: AbortSignal | undefined,
    earlier: EarlierTry | undefined,
  ): Promise<unknown> {
    const method = this.owner.methodOf(packet);
    return abortable(signal, aborted(method), (resolve, reject) => {
      const respond = (result: unknown): void => resolve(this.owner.serializeResponse(result));
      const sink = new PromiseSink(respond, reject);
      const call = this.calls.request(method, packet.args, optionsOf(packet), sink, earlier);
      return () => call.cancel();
    });
  }

  /** Waits before the next try, so many milliseconds. */
  private pause(
    delay: number,
    packet: RemotePacket,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    return abortable(signal, aborted(this.owner.methodOf(packet)), (resolve) => {
      const timer = setTimeout(resolve, delay);
      return () => clearTimeout(timer);
    });
  }
}

/**
 * The policy of the option `retries`.
 *
 * @throws {RemoteCallError} `INVALID_ARGUMENT` for what is no whole number
 */
function retryPolicy(retries: number | undefined): RetryPolicy {
  const limit = wholeNumber('retries', retries, 0);
  return limit === 0 ? NO_RETRIES : new RetryLostCalls(limit);
}

function aborted(method: string): (signal: AbortSignal) => RemoteCallError {
  return ({ reason }) =>
    new RemoteCallError(
      `the call of '${method}' was aborted`,
      { method },
      { code: 'CANCELLED', cause: reason },
    );
}
