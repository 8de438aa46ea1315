import {
  type CallHandler,
  Controller,
  type ExecutionContext,
  type NestInterceptor,
  ParseIntPipe,
  UseInterceptors,
} from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { Arg, type RemoteClient, RemoteRecordBuilder } from 'nestjs-remote';
import { setImmediate } from 'node:timers/promises';
import { type Observable, interval, map, of, range, take } from 'rxjs';
import { beforeEach, describe, expect, test } from 'vitest';
import { outcomeOf } from '../e2e/transports.js';
import { createClient, startService } from '../support/nest.js';

const FALSY = [0, '', false, null, 0n, [], {}];

class PassingInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle();
  }
}

class TenfoldInterceptor implements NestInterceptor<number, number> {
  intercept(_context: ExecutionContext, next: CallHandler<number>): Observable<number> {
    return next.handle().pipe(map((value) => value * 10));
  }
}

async function* count(to: number): AsyncGenerator<number> {
  for (let value = 1; value <= to; value++) {
    yield value;
    await setImmediate();
  }
}

@Controller()
class StreamsController {
  @MessagePattern('burst')
  burst(@Payload() to: number): Observable<number> {
    return range(1, to);
  }

  @MessagePattern('observable')
  observable(@Payload() to: number): Observable<number> {
    return interval(1).pipe(
      map((index) => index + 1),
      take(to),
    );
  }

  @MessagePattern('promise of an observable')
  async promiseOfObservable(@Payload() to: number): Promise<Observable<number>> {
    await setImmediate();
    return this.observable(to);
  }

  @MessagePattern('async generator')
  generator(@Payload() to: number): AsyncGenerator<number> {
    return count(to);
  }

  @MessagePattern('promise of an async iterable')
  async promiseOfIterable(@Payload() to: number): Promise<AsyncIterable<number>> {
    await setImmediate();
    return { [Symbol.asyncIterator]: () => count(to) };
  }

  @MessagePattern('intercepted observable')
  @UseInterceptors(TenfoldInterceptor)
  intercepted(@Payload() to: number): Observable<number> {
    return this.observable(to);
  }

  @MessagePattern('intercepted generator')
  @UseInterceptors(PassingInterceptor)
  interceptedGenerator(@Payload() to: number): AsyncGenerator<number> {
    return count(to);
  }

  @MessagePattern('piped arguments')
  piped(@Arg(0, ParseIntPipe) from: number, @Arg(1, ParseIntPipe) length: number): unknown {
    return range(from, length);
  }

  @MessagePattern('falsy')
  falsy(): Observable<unknown> {
    return interval(1).pipe(
      map((index) => FALSY[index]),
      take(FALSY.length),
    );
  }

  @MessagePattern('buffers')
  buffers(@Payload() size: number): Observable<Buffer> {
    return of(1, 2, 3).pipe(map((fill) => Buffer.alloc(size, fill)));
  }

  @MessagePattern('one')
  one(): AsyncGenerator<number> {
    return count(1);
  }
}

let client: RemoteClient;

beforeEach(async () => {
  const { address } = await startService({ controllers: [StreamsController] });
  client = createClient(address);
  await client.connect();
});

describe.each([
  'burst',
  'observable',
  'promise of an observable',
  'async generator',
  'promise of an async iterable',
])('a handler of several values: %s', (pattern) => {
  test('reaches send() value by value, in order, and then completes', async () => {
    const values = Array.from({ length: 20 }, (_, index) => index + 1);
    expect(await outcomeOf(client.send(pattern, 20))).toEqual({ values });
  });

  test('completes send() without a value when there is none', async () => {
    expect(await outcomeOf(client.send(pattern, 0))).toEqual({ values: [] });
  });

  test('gives call and issueCall its last value', async () => {
    expect(await client.call[pattern](3)).toBe(3);
    expect(await client.issueCall(pattern, [4])).toBe(4);
  });
});

test('values pass through an interceptor one by one', async () => {
  const outcome = await outcomeOf(client.send('intercepted observable', 3));
  expect(outcome).toEqual({ values: [10, 20, 30] });
});

test('an async generator behind an interceptor is taken value by value as well', async () => {
  const outcome = await outcomeOf(client.send('intercepted generator', 3));
  expect(outcome).toEqual({ values: [1, 2, 3] });
});

test('pipes see the arguments of a handler of several values', async () => {
  const record = RemoteRecordBuilder.fromArguments('5', '2').build();
  expect(await outcomeOf(client.send('piped arguments', record))).toEqual({ values: [5, 6] });
});

test('falsy values are values like any other', async () => {
  const values = FALSY.map((value) => (value === 0n ? 0 : value));
  expect(await outcomeOf(client.send('falsy', 1))).toEqual({ values });
});

test.each([10, 16 * 1024, 100_000])('Buffers of %i bytes arrive as they left', async (size) => {
  const { values } = await outcomeOf(client.send('buffers', size));
  // Compared here: a difference of so many bytes would take minutes to print.
  const isSame = values.map((value, index) =>
    Buffer.alloc(size, index + 1).equals(value as Buffer),
  );
  expect(isSame).toEqual([true, true, true]);
});

test('the only value of an async generator is emitted once', async () => {
  expect(await outcomeOf(client.send('one', 1))).toEqual({ values: [1] });
});

test('20,000 small values at once all arrive', async () => {
  const { values, error } = await outcomeOf(client.send('burst', 20_000));
  expect(error).toBeUndefined();
  expect(values).toEqual(Array.from({ length: 20_000 }, (_, index) => index + 1));
});

test.each([0, 60_000])('100 streams at once, with timeout %i, keep apart', async (timeout) => {
  // Once the service is known to be extended, many of their requests share a payload.
  await client.call.one();
  const lengths = Array.from({ length: 100 }, (_, index) => index % 7);
  const outcomes = await Promise.all(
    lengths.map((length) =>
      outcomeOf(
        client.send('observable', new RemoteRecordBuilder(length).setTimeout(timeout).build()),
      ),
    ),
  );
  expect(outcomes).toEqual(
    lengths.map((length) => ({ values: Array.from({ length }, (_, index) => index + 1) })),
  );
});

test('a value arrives before the handler has produced the next', async () => {
  const values: number[] = [];
  const subscription = client.send<number>('observable', 1_000_000).subscribe((value) => {
    values.push(value);
  });
  await expect.poll(() => values.length).toBeGreaterThan(2);
  subscription.unsubscribe();
  expect(values.slice(0, 3)).toEqual([1, 2, 3]);
});
