import {
  type CallHandler,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  type INestMicroservice,
  type NestInterceptor,
  type PipeTransform,
  type Type,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { EventPattern, MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import { type Observable, finalize, tap, throwError } from 'rxjs';
import { expect, onTestFinished, test } from 'vitest';
import { isNest11 } from '../support/nest-version.js';
import { type Outcome, type ServerUnderTest, outcomeOf, transports } from './transports.js';

let log: string[] = [];

function guard(name: string): Type<CanActivate> {
  return class implements CanActivate {
    canActivate(context: ExecutionContext): boolean {
      log.push(`${name} guard`);
      return context.switchToRpc().getData<unknown>() !== `forbidden by ${name}`;
    }
  };
}

function interceptor(name: string): Type<NestInterceptor> {
  return class implements NestInterceptor {
    intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
      log.push(`${name} interceptor before`);
      return next.handle().pipe(
        tap({
          next: (value) => log.push(`${name} interceptor value ${String(value)}`),
          error: () => log.push(`${name} interceptor error`),
          complete: () => log.push(`${name} interceptor complete`),
        }),
        finalize(() => log.push(`${name} interceptor end`)),
      );
    }
  };
}

function pipe(name: string): Type<PipeTransform> {
  return class implements PipeTransform {
    transform(value: unknown): unknown {
      log.push(`${name} pipe`);
      if (value === `refused by ${name}`) {
        throw new RpcException(value);
      }
      return value;
    }
  };
}

function filter(name: string): Type<ExceptionFilter> {
  @Catch()
  class LoggingFilter implements ExceptionFilter {
    catch(error: Error): Observable<never> {
      log.push(`${name} filter`);
      return throwError(() => ({ [name]: error.message }));
    }
  }
  return LoggingFilter;
}

@Controller()
@UseGuards(guard('controller'))
@UseInterceptors(interceptor('controller'))
@UsePipes(pipe('controller'))
@UseFilters(filter('controller'))
class LoggedController {
  @MessagePattern('request')
  @UseGuards(guard('method'))
  @UseInterceptors(interceptor('method'))
  @UsePipes(pipe('method'))
  @UseFilters(filter('method'))
  request(@Payload(pipe('parameter')) data: string): string {
    log.push('handler');
    if (data === 'fail') {
      throw new Error(data);
    }
    return data;
  }

  @EventPattern('event')
  @UseGuards(guard('method'))
  @UseInterceptors(interceptor('method'))
  event(@Payload(pipe('parameter')) data: string): void {
    log.push('handler');
    if (data === 'fail') {
      throw new Error(data);
    }
  }
}

function logEverything(app: INestMicroservice, server: ServerUnderTest): void {
  app.useGlobalGuards(new (guard('global'))());
  app.useGlobalInterceptors(new (interceptor('global'))());
  app.useGlobalPipes(new (pipe('global'))());
  app.useGlobalFilters(new (filter('global'))());
  if (!isNest11) {
    app.registerPreRequestHook((context, next) => {
      log.push(`preRequest hook of ${context.getHandler().name}`);
      return next().pipe(finalize(() => log.push('preRequest hook end')));
    });
  }
  server.setOnProcessingStartHook((_transportId, _context, done) => {
    log.push('processing starts');
    void done();
  });
  server.setOnProcessingEndHook(() => log.push('processing ends'));
}

const DATA = [
  'value',
  'fail',
  'forbidden by global',
  'forbidden by controller',
  'forbidden by method',
  'refused by global',
  'refused by controller',
  'refused by method',
  'refused by parameter',
];

/** Everything that happens to a request and an event with each of the data. */
async function record({ start }: (typeof transports)[number]): Promise<Record<string, unknown>> {
  const { client, close } = await start({ controllers: [LoggedController] }, logEverything);
  onTestFinished(close);
  if (!isNest11) {
    client.setOnDispatchHook(({ pattern }) => log.push(`dispatch ${String(pattern)}`));
  }
  const records: Record<string, { outcome: Outcome; log: string[] }> = {};
  for (const pattern of ['request', 'event']) {
    for (const data of DATA) {
      log = [];
      const call = pattern === 'event' ? client.emit(pattern, data) : client.send(pattern, data);
      const outcome = await outcomeOf(call);
      await expect.poll(() => log).toContain('processing ends');
      records[`${pattern} ${data}`] = {
        outcome: pattern === 'event' ? { values: [] } : outcome,
        log,
      };
    }
  }
  return records;
}

test('all hooks and enhancers run in the same order, with the same outcome, as on TCP', async () => {
  const [tcp, ours] = [await record(transports[0]!), await record(transports[1]!)];
  expect(ours).toEqual(tcp);
  expect(Object.keys(ours)).toHaveLength(2 * DATA.length);
});

test('a request passes hook, guards, interceptors and pipes to its handler, and back', async () => {
  const records = await record(transports[1]!);
  expect(records['request value']).toEqual({
    outcome: { values: ['value'] },
    log: [
      ...(isNest11 ? [] : ['dispatch request']),
      'processing starts',
      ...(isNest11 ? [] : ['preRequest hook of request']),
      'global guard',
      'controller guard',
      'method guard',
      'global interceptor before',
      'controller interceptor before',
      'method interceptor before',
      'global pipe',
      'controller pipe',
      'method pipe',
      'parameter pipe',
      'handler',
      ...['method', 'controller', 'global'].map((name) => `${name} interceptor value value`),
      ...['method', 'controller', 'global'].flatMap((name) => [
        `${name} interceptor complete`,
        `${name} interceptor end`,
      ]),
      ...(isNest11 ? [] : ['preRequest hook end']),
      'processing ends',
    ],
  });
});
