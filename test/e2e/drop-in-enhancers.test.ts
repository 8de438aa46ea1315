import {
  type ArgumentsHost,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  ForbiddenException,
  Injectable,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  ValidationPipe,
} from '@nestjs/common';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import {
  BaseRpcExceptionFilter,
  MessagePattern,
  Payload,
  RpcException,
} from '@nestjs/microservices';
import { IsInt, IsString } from 'class-validator';
import { type Observable, catchError, map, of, throwError, timer, timeout } from 'rxjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Outcome, type Pair, outcomeOf, transports } from './transports.js';

class Person {
  @IsString() name!: string;
  @IsInt() age!: number;
}

class Teapot extends Error {}
class Kettle extends Error {}
class Cup extends Error {}

@Catch(Teapot)
class TeapotFilter implements ExceptionFilter {
  catch(_error: Teapot, host: ArgumentsHost): Observable<never> {
    return throwError(() => ({ caught: 'by the method', data: host.switchToRpc().getData() }));
  }
}

@Catch(Kettle)
class KettleFilter implements ExceptionFilter {
  catch(): Observable<never> {
    return throwError(() => ({ caught: 'by the controller' }));
  }
}

@Catch(Cup)
class CupFilter extends BaseRpcExceptionFilter {
  override catch(_error: Cup, host: ArgumentsHost): Observable<unknown> {
    return super.catch(new RpcException({ caught: 'by the app' }), host);
  }
}

@Injectable()
class AppGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return (
      context.getType() === 'rpc' && context.switchToRpc().getData<unknown>() !== 'not for this app'
    );
  }
}

class Forbidding implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

class Throwing implements CanActivate {
  canActivate(): never {
    throw new RpcException({ code: 'PERMISSION_DENIED', message: 'not you' });
  }
}

class Doubling implements NestInterceptor<number> {
  intercept(_context: ExecutionContext, next: CallHandler<number>): Observable<number> {
    return next.handle().pipe(map((value) => value * 2));
  }
}

class Catching implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(catchError((error: Error) => of(`rescued ${error.message}`)));
  }
}

class Impatient implements NestInterceptor {
  intercept(): Observable<unknown> {
    return timer(2 ** 30).pipe(
      timeout({ first: 1, with: () => throwError(() => new RpcException('took too long')) }),
    );
  }
}

@Controller()
@UseFilters(KettleFilter)
class EnhancedController {
  @MessagePattern('echo')
  echo(@Payload() data: unknown): unknown {
    return data;
  }

  @MessagePattern('validated')
  @UsePipes(new ValidationPipe({ transform: true, exceptionFactory: asRpcException }))
  validated(@Payload() person: Person): unknown {
    return { isPerson: person instanceof Person, name: person.name };
  }

  @MessagePattern('validated by default')
  @UsePipes(ValidationPipe)
  validatedByDefault(@Payload() person: Person): string {
    return person.name;
  }

  @MessagePattern('forbidden')
  @UseGuards(Forbidding)
  forbidden(): void {}

  @MessagePattern('guard that throws')
  @UseGuards(Throwing)
  guarded(): void {}

  @MessagePattern('doubled')
  @UseInterceptors(Doubling, Doubling)
  doubled(@Payload() n: number): number {
    return n;
  }

  @MessagePattern('rescued')
  @UseInterceptors(Catching)
  rescued(): never {
    throw new Error('handler');
  }

  @MessagePattern('impatient')
  @UseInterceptors(Impatient)
  impatient(): void {}

  @MessagePattern('throw')
  @UseFilters(TeapotFilter)
  throw(@Payload() name: string): never {
    throw new ({ Teapot, Kettle, Cup, ForbiddenException }[name] ?? Error)();
  }
}

function asRpcException(errors: { property: string }[]): RpcException {
  return new RpcException({ invalid: errors.map(({ property }) => property) });
}

const INTERNAL = { status: 'error', message: 'Internal server error' };
const FORBIDDEN = { status: 'error', message: 'Forbidden resource' };

describe.each(transports)('guards, pipes, interceptors and filters over $name', ({ start }) => {
  let pair: Pair;

  beforeAll(async () => {
    pair = await start({
      controllers: [EnhancedController],
      providers: [
        { provide: APP_GUARD, useClass: AppGuard },
        { provide: APP_FILTER, useClass: CupFilter },
      ],
    });
  });

  afterAll(() => pair.close());

  const ask = (pattern: string, data: unknown = {}): Promise<Outcome> =>
    outcomeOf(pair.client.send(pattern, data));
  const failure = (error: unknown): Outcome => ({ values: [], error });

  test('an APP_GUARD that says no forbids the call', async () => {
    expect(await ask('echo', 'not for this app')).toEqual(failure(FORBIDDEN));
    expect(await ask('echo', 'for this app')).toEqual({ values: ['for this app'] });
  });

  test("a method's guard that says no forbids the call", async () => {
    expect(await ask('forbidden')).toEqual(failure(FORBIDDEN));
  });

  test('an RpcException of a guard reaches the caller', async () => {
    const error = { code: 'PERMISSION_DENIED', message: 'not you' };
    expect(await ask('guard that throws')).toEqual(failure(error));
  });

  test('ValidationPipe makes an instance of what is valid', async () => {
    const answer = { isPerson: true, name: 'Ada' };
    expect(await ask('validated', { name: 'Ada', age: 36 })).toEqual({ values: [answer] });
  });

  test('ValidationPipe refuses what is not valid', async () => {
    const error = { invalid: ['age'] };
    expect(await ask('validated', { name: 'Ada', age: 'old' })).toEqual(failure(error));
  });

  test("ValidationPipe's own HttpException is masked", async () => {
    expect(await ask('validated by default', { name: 1 })).toEqual(failure(INTERNAL));
  });

  test('interceptors map the result', async () => {
    expect(await ask('doubled', 3)).toEqual({ values: [12] });
  });

  test('an interceptor may turn an error into a value', async () => {
    expect(await ask('rescued')).toEqual({ values: ['rescued handler'] });
  });

  test('an interceptor may end the call without its handler', async () => {
    expect(await ask('impatient')).toEqual(failure({ status: 'error', message: 'took too long' }));
  });

  test.each([
    ['Teapot', { caught: 'by the method', data: 'Teapot' }],
    ['Kettle', { caught: 'by the controller' }],
    ['Cup', { caught: 'by the app' }],
    ['ForbiddenException', INTERNAL],
  ])('%s is caught by the nearest filter that names it', async (name, error) => {
    expect(await ask('throw', name)).toEqual(failure(error));
  });
});
