import {
  type ArgumentsHost,
  BadRequestException,
  Catch,
  Controller,
  type ExceptionFilter,
  Logger,
  UseFilters,
  UsePipes,
  ValidationPipe,
} from '@nestjs/common';
import { MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import { IsString } from 'class-validator';
import { type Observable, throwError } from 'rxjs';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type Pair, outcomeOf, transports } from './transports.js';

class Rethrown extends Error {
  constructor(readonly value: unknown) {
    super();
  }
}

/** Ends the call with just the value, as `throwError` in a user's filter does. */
@Catch(Rethrown)
class BareValueFilter implements ExceptionFilter {
  catch({ value }: Rethrown, _host: ArgumentsHost): Observable<never> {
    return throwError(() => value);
  }
}

class DomainError extends Error {
  readonly code = 'E_DOMAIN';
  readonly details = { id: 7 };
}

class Named {
  @IsString() name!: string;
}

const THROWN: Record<string, () => unknown> = {
  error: () => new Error('secret'),
  text: () => 'text',
  nothing: () => undefined,
  http: () => new BadRequestException('bad'),
  'rpc text': () => new RpcException('text'),
  'rpc object': () => new RpcException({ code: 42, message: 'text', nested: { a: [1] } }),
  'rpc object without message': () => new RpcException({ code: 42 }),
  'rpc object with empty message': () => new RpcException({ message: '', code: 42 }),
  'rpc object with a number as message': () => new RpcException({ message: 5 }),
  'rpc empty object': () => new RpcException({}),
  'rpc empty text': () => new RpcException(''),
  'rpc error': () => new RpcException(new DomainError('domain')),
  'rpc http error': () => new RpcException(new BadRequestException('bad')),
  'rpc nested error': () => new RpcException({ cause: new DomainError('domain') }),
};

/** Errors whose own members JSON carries; we add name and message. */
const CARRIED: [thrown: string, members: object][] = [
  ['rpc error', { code: 'E_DOMAIN', details: { id: 7 } }],
  ['rpc http error', { status: 400, response: { statusCode: 400, message: 'bad' } }],
  ['rpc nested error', { cause: { code: 'E_DOMAIN', details: { id: 7 } } }],
];

@Controller()
class ErrorsController {
  @MessagePattern('throw')
  throw(@Payload() name: string): never {
    throw THROWN[name]?.();
  }

  @MessagePattern('reject')
  async reject(@Payload() name: string): Promise<never> {
    throw await Promise.resolve(THROWN[name]?.());
  }

  @MessagePattern('give')
  give(@Payload() name: string): unknown {
    return { reason: THROWN[name]?.() };
  }

  @MessagePattern('error of an observable')
  observable(@Payload() name: string): Observable<never> {
    return throwError(() => THROWN[name]?.());
  }

  @MessagePattern('filtered')
  @UseFilters(BareValueFilter)
  filtered(@Payload() { value }: { value?: unknown }): never {
    throw new Rethrown(value);
  }

  @MessagePattern('validated')
  @UsePipes(new ValidationPipe())
  validated(@Payload() { name }: Named): string {
    return name;
  }

  @MessagePattern('validated with a reason')
  @UsePipes(
    new ValidationPipe({
      exceptionFactory: (errors) => new RpcException({ message: 'invalid', errors }),
    }),
  )
  validatedWithReason(@Payload() { name }: Named): string {
    return name;
  }
}

const INTERNAL = { status: 'error', message: 'Internal server error' };

const EMITTED: [thrown: string, error: unknown][] = [
  ['error', INTERNAL],
  ['text', INTERNAL],
  ['nothing', INTERNAL],
  ['http', INTERNAL],
  ['rpc text', { status: 'error', message: 'text' }],
  ['rpc object', { code: 42, message: 'text', nested: { a: [1] } }],
  ['rpc object without message', { code: 42 }],
  ['rpc object with empty message', { message: '', code: 42 }],
  ['rpc object with a number as message', { message: 5 }],
  ['rpc empty object', {}],
  ['rpc empty text', { status: 'error', message: '' }],
];

describe.each(transports)('errors over $name', ({ start }) => {
  let pair: Pair;

  beforeAll(async () => {
    pair = await start({ controllers: [ErrorsController] });
  });

  afterAll(() => pair.close());

  describe.each(['throw', 'reject', 'error of an observable'])('%s', (pattern) => {
    test.each(EMITTED)("%s is emitted as Nest's plain object", async (thrown, error) => {
      expect(await outcomeOf(pair.client.send(pattern, thrown))).toEqual({ values: [], error });
    });
  });

  test('a payload that ValidationPipe refuses is an internal error, which is not logged', async () => {
    const logged = vi.spyOn(Logger.prototype, 'error').mockReturnValue(undefined);
    onTestFinished(() => logged.mockRestore());
    const outcome = await outcomeOf(pair.client.send('validated', { name: 5 }));
    expect(outcome).toEqual({ values: [], error: INTERNAL });
    expect(logged).not.toHaveBeenCalled();
    await outcomeOf(pair.client.send('throw', 'error'));
    expect(logged).toHaveBeenCalledOnce();
  });

  test('an exceptionFactory of ValidationPipe that gives an RpcException sends what is wrong', async () => {
    const { error } = await outcomeOf(pair.client.send('validated with a reason', { name: 5 }));
    const errors = [expect.objectContaining({ constraints: { isString: expect.any(String) } })];
    expect(error).toEqual({ message: 'invalid', errors });
  });

  test.each(CARRIED)("%s keeps an Error's own members", async (thrown, members) => {
    const { error } = await outcomeOf(pair.client.send('throw', thrown));
    expect(error).toMatchObject(members);
  });

  test('an Error in a result keeps its own members, such as those of an HttpException', async () => {
    const { values } = await outcomeOf(pair.client.send('give', 'http'));
    expect(values).toMatchObject([{ reason: { status: 400, response: { message: 'bad' } } }]);
  });

  test.each(['text', 5, true, ['a'], { a: 1 }, { message: 'm' }, { message: '' }])(
    'a filter that ends with throwError(() => %j) emits just that',
    async (error) => {
      const outcome = await outcomeOf(pair.client.send('filtered', { value: error }));
      expect(outcome).toEqual({ values: [], error });
    },
  );

  test.each(['', 0, false, null, undefined])(
    'a filter that ends with the falsy %j only completes the call',
    async (value) => {
      expect(await outcomeOf(pair.client.send('filtered', { value }))).toEqual({ values: [] });
    },
  );

  test("an unknown pattern emits Nest's bare text", async () => {
    expect(await outcomeOf(pair.client.send('unknown', 1))).toEqual({
      values: [],
      error: 'There is no matching message handler defined in the remote service.',
    });
  });

  test.each([
    ['send', 'pattern', null],
    ['send', 'pattern', undefined],
    ['send', null, 1],
    ['emit', 'pattern', null],
    ['emit', 'pattern', undefined],
    ['emit', undefined, 1],
  ] as const)('%s(%j, %j) is an InvalidMessageException', async (method, pattern, data) => {
    const { values, error } = await outcomeOf(pair.client[method](pattern, data));
    expect(values).toEqual([]);
    expect((error as Error).constructor.name).toBe('InvalidMessageException');
  });
});
