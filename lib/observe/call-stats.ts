import { type Histogram, type RecordableHistogram, createHistogram } from 'node:perf_hooks';
import type { RemoteErrorCode } from '../errors/error-codes.js';

/** Nanoseconds of a millisecond. */
const NANOSECONDS = 1e6;

/** What a client or a server has done since it was made. Its members change as calls come and go. */
export interface RemoteStats {
  /** Requests and events: those that were made (client), or have come in (server). */
  readonly calls: number;
  /** Those of them that have not ended. */
  readonly inFlight: number;
  /** Those of them that have ended with an error, by its code. Codes that never came are left out. */
  readonly errors: Readonly<Partial<Record<RemoteErrorCode, number>>>;
  /** Bytes that have come in: envelopes with their attachments. */
  readonly bytesIn: number;
  /** Bytes of requests, events, values and responses that were handed to the transport. */
  readonly bytesOut: number;
  /**
   * How long requests take from beginning to end, in nanoseconds. It begins to measure when it is first
   * read: reading a clock twice for every call would cost more than all other counts.
   */
  readonly latency: Histogram;
}

/** A call as it is counted. */
export interface CountedCall {
  readonly kind: 'request' | 'event';
  /** When it was made or came in, on the clock of `performance.now()`; 0 where that is not known. */
  madeAt: number;
}

/** Counts the calls of one client or server. */
export class CallStats implements RemoteStats {
  calls = 0;
  inFlight = 0;
  bytesIn = 0;
  bytesOut = 0;
  readonly errors: Partial<Record<RemoteErrorCode, number>> = {};
  private histogram: RecordableHistogram | undefined;

  get latency(): Histogram {
    return (this.histogram ??= createHistogram());
  }

  /** A message has come in. @param frames those after its address */
  received(frames: readonly Uint8Array[]): void {
    for (const { length } of frames) {
      this.bytesIn += length;
    }
  }

  started(call: CountedCall): void {
    this.calls++;
    this.inFlight++;
    if (this.histogram && call.madeAt === 0) {
      call.madeAt = performance.now();
    }
  }

  /** @param code of its error, where it has one */
  ended({ kind, madeAt }: CountedCall, code: RemoteErrorCode | undefined): void {
    this.inFlight--;
    if (code !== undefined) {
      this.errors[code] = (this.errors[code] ?? 0) + 1;
    }
    if (this.histogram && kind === 'request' && madeAt > 0) {
      const elapsed = Math.round((performance.now() - madeAt) * NANOSECONDS);
      this.histogram.record(Math.max(1, elapsed));
    }
  }

  toJSON(): Omit<RemoteStats, 'latency'> {
    const { calls, inFlight, errors, bytesIn, bytesOut } = this;
    return { calls, inFlight, errors, bytesIn, bytesOut };
  }
}
