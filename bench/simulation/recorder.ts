import type { VirtualTime } from './time/virtual-time.js';
import { LatencyHistogram } from './latency-histogram.js';

/** What is kept of the calls that were made in one span of time. */
interface Span {
  readonly once: Tally;
  readonly idempotent: Tally;
  readonly latencies: LatencyHistogram;
}

/** Calls of one kind. */
interface Tally {
  made: number;
  failed: number;
}

/** What became of the calls of a span, by when they were made. */
export interface SpanResult {
  /** Seconds from the beginning to the middle of the span. */
  readonly at: number;
  readonly made: number;
  /** The share of the calls that must not run twice and have failed, from 0 to 1. */
  readonly failedOnce: number;
  /** The same of idempotent ones. */
  readonly failedIdempotent: number;
  /** Milliseconds that calls have taken that have not failed. */
  readonly p50: number;
  readonly p99: number;
}

/** Keeps what becomes of calls. */
export class Recorder {
  made = 0;
  readonly failed = { once: 0, idempotent: 0 };
  /** Calls that have failed, by code. */
  readonly codes = new Map<string, number>();
  /** When the last call was made that has failed. */
  lastFailedAt = -Infinity;
  private readonly spans: Span[] = [];

  /** @param span milliseconds */
  constructor(
    private readonly time: VirtualTime,
    private readonly span: number,
  ) {}

  started(isIdempotent: boolean): void {
    this.made++;
    tallyOf(this.spanAt(this.time.now), isIdempotent).made++;
  }

  succeeded(madeAt: number): void {
    this.spanAt(madeAt).latencies.add(this.time.now - madeAt);
  }

  failedWith(madeAt: number, isIdempotent: boolean, code: string): void {
    this.failed[isIdempotent ? 'idempotent' : 'once']++;
    this.codes.set(code, (this.codes.get(code) ?? 0) + 1);
    this.lastFailedAt = Math.max(this.lastFailedAt, madeAt);
    tallyOf(this.spanAt(madeAt), isIdempotent).failed++;
  }

  get results(): SpanResult[] {
    return this.spans.map(({ once, idempotent, latencies }, index) => ({
      at: ((index + 0.5) * this.span) / 1000,
      made: once.made + idempotent.made,
      failedOnce: shareOf(once),
      failedIdempotent: shareOf(idempotent),
      p50: latencies.percentile(0.5),
      p99: latencies.percentile(0.99),
    }));
  }

  private spanAt(time: number): Span {
    const index = Math.floor(time / this.span);
    while (this.spans.length <= index) {
      this.spans.push({
        once: { made: 0, failed: 0 },
        idempotent: { made: 0, failed: 0 },
        latencies: new LatencyHistogram(),
      });
    }
    return this.spans[index] as Span;
  }
}

function tallyOf({ once, idempotent }: Span, isIdempotent: boolean): Tally {
  return isIdempotent ? idempotent : once;
}

function shareOf({ made, failed }: Tally): number {
  return made === 0 ? 0 : failed / made;
}
