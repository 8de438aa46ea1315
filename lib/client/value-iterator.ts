import { type Observable, Subject, takeUntil } from 'rxjs';
import { Fifo } from '../calls/fifo.js';
import { RemoteCallError } from '../errors/remote-call.error.js';

/** How many values may wait for their reader. */
const MOST_VALUES = 65_536;

/**
 * The values of an Observable for `for await`. It is subscribed to by the first `next`, and unsubscribed
 * from by `return`, which the loop calls when it is left.
 *
 * Values that come faster than they are read wait here. Where 65,536 wait, it ends with
 * `RESOURCE_EXHAUSTED` after them.
 */
export class ValueIterator<Value> implements AsyncIterableIterator<Value> {
  private isSubscribed = false;
  private readonly left = new Subject<void>();
  /** Values without a reader. */
  private readonly values = new Fifo<Value>();
  /** Readers without a value. */
  private readonly readers: Reader<Value>[] = [];
  /** How it has ended, which follows the values. */
  private end: { error?: unknown } | undefined;

  constructor(private readonly source: Observable<Value>) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Value, undefined>> {
    return new Promise((resolve, reject) => {
      if (this.values.size > 0) {
        resolve({ value: this.values.shift() as Value, done: false });
        return;
      }
      this.readers.push({ resolve, reject });
      if (this.end) {
        this.settleReaders();
      } else {
        this.subscribe();
      }
    });
  }

  return(): Promise<IteratorResult<Value, undefined>> {
    this.values.clear();
    this.finish({});
    this.left.next();
    return Promise.resolve({ value: undefined, done: true });
  }

  private subscribe(): void {
    if (this.isSubscribed) {
      return;
    }
    this.isSubscribed = true;
    this.source.pipe(takeUntil(this.left)).subscribe({
      next: (value) => this.take(value),
      error: (error: unknown) => this.finish({ error }),
      complete: () => this.finish({}),
    });
  }

  private take(value: Value): void {
    const reader = this.readers.shift();
    if (reader) {
      reader.resolve({ value, done: false });
      return;
    }
    this.values.push(value);
    if (this.values.size === MOST_VALUES) {
      this.finish({ error: tooSlow() });
      this.left.next();
    }
  }

  private finish(end: { error?: unknown }): void {
    this.end ??= end;
    this.settleReaders();
  }

  /** An error is for one reader: the next one finds the end. */
  private settleReaders(): void {
    for (const reader of this.readers.splice(0)) {
      if (this.end && 'error' in this.end) {
        reader.reject(this.end.error);
        this.end = {};
      } else {
        reader.resolve({ value: undefined, done: true });
      }
    }
  }
}

/** Settles the promise of a `next`. */
interface Reader<Value> {
  resolve(result: IteratorResult<Value, undefined>): void;
  reject(error: unknown): void;
}

function tooSlow(): RemoteCallError {
  return new RemoteCallError(
    `${MOST_VALUES} values wait to be read: the stream is faster than its reader`,
    {},
    { code: 'RESOURCE_EXHAUSTED' },
  );
}
