import { setImmediate } from 'node:timers/promises';
import type { ArgumentsHost } from '@nestjs/common';
import { BaseRpcExceptionFilter } from '@nestjs/microservices';
import { Observable, catchError, concatMap, isObservable, of } from 'rxjs';

/** Nest's own filter, which never looks at the host: those of the app see no values, only handlers. */
const filter = new BaseRpcExceptionFilter();
const NO_HOST = undefined as unknown as ArgumentsHost;

/** After how many values other work gets its turn, although the values come without a pause. */
const TURN = 128;

/** Whoever takes the values of an AsyncIterable. */
export interface IterableConsumer {
  /** What to wait for before the next value is asked for; undefined where there is room. */
  whenWritable(): Promise<void> | undefined;
  /** The iterable was told to end before it did by itself; it has ended when this resolves. */
  closing(ended: Promise<unknown>): void;
}

/**
 * What a handler answered with, where it has several values: an Observable as it is, an AsyncIterable
 * (as one of its values too, which an interceptor makes of it) value by value. Undefined for any other.
 *
 * @param consumer of the values
 */
export function valuesOf(
  result: unknown,
  consumer: IterableConsumer,
): Observable<unknown> | undefined {
  if (isObservable(result)) {
    return result.pipe(
      concatMap((value: unknown) =>
        isAsyncIterable(value) ? fromAsyncIterable(value, consumer) : of(value),
      ),
    );
  }
  return isAsyncIterable(result) ? fromAsyncIterable(result, consumer) : undefined;
}

/**
 * Asks for one value after the other, as they are taken; closes the iterator when unsubscribed. What
 * it throws becomes what Nest makes of an error without a filter for it.
 */
function fromAsyncIterable(
  values: AsyncIterable<unknown>,
  consumer: IterableConsumer,
): Observable<unknown> {
  return pulled(values, consumer).pipe(
    catchError((error: unknown) => filter.catch(error, NO_HOST)),
  );
}

function pulled(values: AsyncIterable<unknown>, consumer: IterableConsumer): Observable<unknown> {
  return new Observable((subscriber) => {
    const iterator = values[Symbol.asyncIterator]();
    let hasEnded = false;
    const pull = async (): Promise<void> => {
      for (let count = 1; !subscriber.closed; count++) {
        const { done, value } = await iterator.next();
        if (done) {
          hasEnded = true;
          subscriber.complete();
          return;
        }
        subscriber.next(value);
        await consumer.whenWritable();
        if (count % TURN === 0) {
          await setImmediate();
        }
      }
    };
    pull().catch((error: unknown) => {
      hasEnded = true;
      subscriber.error(error);
    });
    return () => {
      if (!hasEnded) {
        consumer.closing(close(values, iterator));
      }
    };
  });
}

/** Closes what a handler answered with and nobody has asked for a value of. */
export function closeUnused(result: unknown): void {
  if (isAsyncIterable(result)) {
    void close(result, result[Symbol.asyncIterator]());
  }
}

/**
 * Tells an iterable to end. A stream of Node is destroyed: its iterator would wait for the next chunk
 * first. Whatever it says to that, nobody listens any more.
 */
async function close(
  values: AsyncIterable<unknown>,
  iterator: AsyncIterator<unknown>,
): Promise<void> {
  const { destroy } = values as { destroy?: unknown };
  try {
    if (typeof destroy === 'function') {
      destroy.call(values);
    } else {
      await iterator.return?.();
    }
  } catch {
    // It has ended, too.
  }
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] === 'function'
  );
}
