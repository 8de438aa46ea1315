import { setImmediate } from 'node:timers/promises';
import type { ArgumentsHost } from '@nestjs/common';
import { BaseRpcExceptionFilter } from '@nestjs/microservices';
import { Observable, catchError, concatMap, isObservable, of } from 'rxjs';

/** Nest's own filter, which never uses the host: the app's filters see handlers, not their values. */
const filter = new BaseRpcExceptionFilter();
const NO_HOST = undefined as unknown as ArgumentsHost;

/** After how many values other work gets its turn, although the values come without a pause. */
const TURN = 128;

/** What takes the values of an AsyncIterable. */
export interface IterableConsumer {
  /** What to wait for before the next value is asked for; undefined where there is room. */
  whenWritable(): Promise<void> | undefined;
  /** The iterable was closed before its end; `ended` resolves when the closing is done. */
  closing(ended: Promise<unknown>): void;
}

/**
 * The values of a handler's result, where it has several: those of an Observable as they are, those
 * of an AsyncIterable one by one. An interceptor can make an AsyncIterable a value of an Observable;
 * its values take its place there. Undefined for any other result.
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

/** Closes the result of a handler that no value was taken from. */
export function closeUnused(result: unknown): void {
  if (isAsyncIterable(result)) {
    void close(result, result[Symbol.asyncIterator]());
  }
}

/**
 * Closes an iterable, whatever it throws. A stream of Node is destroyed: its iterator would wait for
 * the next chunk first.
 */
async function close(
  values: AsyncIterable<unknown>,
  iterator: AsyncIterator<unknown>,
): Promise<void> {
  try {
    const { destroy } = values as { destroy?: unknown };
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
