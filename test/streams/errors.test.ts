import { Catch, Controller, type ExceptionFilter, UseFilters } from '@nestjs/common';
import { MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import { setImmediate } from 'node:timers/promises';
import { type Observable, concat, from, mergeMap, of, throwError, timer } from 'rxjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Pair, outcomeOf, remoteTransport, transports } from '../e2e/transports.js';

const THROWN: Record<string, () => unknown> = {
  'an error': () => new Error('secret'),
  'an RpcException of text': () => new RpcException('text'),
  'an RpcException of an object': () => new RpcException({ code: 42, message: 'm', more: [1] }),
  'an RpcException of an object without message': () => new RpcException({ code: 42 }),
};

const EMITTED: [thrown: string, error: unknown][] = [
  ['an error', { status: 'error', message: 'Internal server error' }],
  ['an RpcException of text', { status: 'error', message: 'text' }],
  ['an RpcException of an object', { code: 42, message: 'm', more: [1] }],
  ['an RpcException of an object without message', { code: 42 }],
];

@Catch(RangeError)
class BareTextFilter implements ExceptionFilter<RangeError> {
  catch({ message }: RangeError): Observable<never> {
    return throwError(() => message);
  }
}

@Controller()
class FailingController {
  @MessagePattern('in the same tick')
  atOnce(@Payload() name: string): Observable<number> {
    return concat(
      of(1, 2),
      throwError(() => THROWN[name]?.()),
    );
  }

  @MessagePattern('later')
  later(@Payload() name: string): Observable<number> {
    const fail = mergeMap(() => throwError(() => THROWN[name]?.()));
    return concat(of(1), timer(1).pipe(mergeMap(() => of(2))), timer(1).pipe(fail));
  }

  @MessagePattern('async generator')
  async *generator(@Payload() name: string): AsyncGenerator<number> {
    yield 1;
    await setImmediate();
    yield 2;
    throw THROWN[name]?.();
  }

  @MessagePattern('filtered')
  @UseFilters(BareTextFilter)
  filtered(): Observable<number> {
    return concat(
      from([1, 2]),
      throwError(() => new RangeError('of the filter')),
    );
  }
}

describe.each(transports)('errors after values over $name', ({ start }) => {
  let pair: Pair;

  beforeAll(async () => {
    pair = await start({ controllers: [FailingController] });
  });

  afterAll(() => pair.close());

  describe.each(['in the same tick', 'later'])('%s', (pattern) => {
    test.each(EMITTED)('%s follows the values', async (name, error) => {
      const outcome = await outcomeOf(pair.client.send(pattern, name));
      expect(outcome).toEqual({ values: [1, 2], error });
    });
  });

  test('what a filter makes of an error follows the values', async () => {
    const outcome = await outcomeOf(pair.client.send('filtered', 1));
    expect(outcome).toEqual({ values: [1, 2], error: 'of the filter' });
  });
});

describe('an async generator that throws after values', () => {
  let pair: Pair;

  beforeAll(async () => {
    pair = await remoteTransport.start({ controllers: [FailingController] });
  });

  afterAll(() => pair.close());

  test.each(EMITTED)('%s follows the values', async (name, error) => {
    const outcome = await outcomeOf(pair.client.send('async generator', name));
    expect(outcome).toEqual({ values: [1, 2], error });
  });
});

test('call rejects with the error although values came before it', async () => {
  const pair = await remoteTransport.start({ controllers: [FailingController] });
  const client = pair.client as unknown as { issueCall(m: string, a: unknown[]): Promise<unknown> };
  try {
    await expect(client.issueCall('later', ['an RpcException of text'])).rejects.toMatchObject({
      message: 'text',
      context: { status: 'error' },
      origin: 'remote',
    });
  } finally {
    await pair.close();
  }
});
