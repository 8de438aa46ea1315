import { Catch, Controller, type ExceptionFilter, UseFilters } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import { Arg, Args, RemoteContext } from 'nestjs-remote';
import { NEVER, type Observable, concat, map, of, throwError, timer } from 'rxjs';

/** Lets callers have the text of an error. */
@Catch(Error)
class TextFilter implements ExceptionFilter<Error> {
  catch(error: Error): Observable<never> {
    return throwError(() => error.message);
  }
}

/** A Nest service that knows nothing of Python. */
@Controller()
export class CalculatorController {
  /** What the `echo` handler was given, in the order of its coming. */
  readonly echoed: unknown[] = [];
  /** The arguments of every `note` event. */
  readonly notes: (readonly unknown[])[] = [];

  @MessagePattern('echo')
  echo(@Payload() value: unknown): unknown {
    this.echoed.push(value);
    return value;
  }

  @MessagePattern('add')
  add(@Arg(0) left: number, @Arg(1) right: number): number {
    return left + right;
  }

  @MessagePattern('later')
  later(@Payload() value: number): Observable<number> {
    return timer(20 - value).pipe(map(() => value));
  }

  @MessagePattern('payload')
  payload(@Payload() payload: unknown): unknown {
    return payload === undefined ? 'undefined' : payload;
  }

  @MessagePattern('args')
  args(@Args() args: unknown[]): unknown[] {
    return args;
  }

  @MessagePattern('metadata')
  metadata(@Ctx() context: RemoteContext): unknown {
    return context.getMetadata() ?? 'none';
  }

  @MessagePattern({ cmd: 'sum', version: 2 })
  sum(@Payload() numbers: number[]): number {
    return numbers.reduce((total, each) => total + each, 0);
  }

  @MessagePattern('count')
  count(): Observable<number> {
    return concat(of(1, 2), timer(1).pipe(map(() => 3)));
  }

  @MessagePattern('nothing')
  nothing(): void {}

  @MessagePattern('never')
  never(): Observable<never> {
    return NEVER;
  }

  @MessagePattern('rpc-exception')
  rpcException(): never {
    throw new RpcException('no funds');
  }

  @MessagePattern('rpc-exception-object')
  rpcExceptionObject(): never {
    throw new RpcException({ message: 'no funds', balance: 5, currency: 'EUR' });
  }

  @MessagePattern('object-without-message')
  objectWithoutMessage(): never {
    throw new RpcException({ reason: 'no funds', balance: 5 });
  }

  @UseFilters(TextFilter)
  @MessagePattern('text')
  text(): never {
    throw new Error('no funds');
  }

  @MessagePattern('bug')
  bug(): never {
    throw new TypeError('a secret of the implementation');
  }

  @MessagePattern('unencodable')
  unencodable(): unknown {
    return { ok: [2n ** 9000n] };
  }

  @EventPattern('note')
  note(@Args() args: unknown[]): void {
    this.notes.push(args);
  }

  @EventPattern('log.*')
  log(@Ctx() context: RemoteContext): void {
    this.notes.push([context.getPattern(), ...context.getCallArguments()]);
  }
}
