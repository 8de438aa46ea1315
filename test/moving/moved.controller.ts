import { Controller } from '@nestjs/common';
import {
  type BaseRpcContext,
  Ctx,
  EventPattern,
  MessagePattern,
  Payload,
  RpcException,
  Transport,
} from '@nestjs/microservices';
import { type Observable, finalize, interval, takeUntil, throwError } from 'rxjs';

/** Results and errors that cannot be sent as arguments are made here, by name. */
export const made: Record<string, () => unknown> = {
  bigint: () => 10n,
  cycle: () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    return cycle;
  },
  date: () => ({ at: new Date(0) }),
  error: () => Object.assign(new TypeError('bad'), { code: 'E1' }),
  map: () => new Map([['a', 1]]),
  nothing: () => undefined,
};

/** A promise that a test resolves. */
export class Gate {
  open!: (value: unknown) => void;
  readonly passed = new Promise<unknown>((resolve) => {
    this.open = resolve;
  });
}

let gate = new Gate();
const seen: unknown[] = [];

/** What the handlers of one test have seen. */
export function seenByHandlers(): unknown[] {
  return seen;
}

/** The gate that the handler `gate` waits for. */
export function currentGate(): Gate {
  return gate;
}

/** Ends and forgets what an earlier test has left. */
export function forget(): void {
  gate.open('forgotten');
  gate = new Gate();
  seen.length = 0;
}

/** What both transports' contexts have. */
type AnyContext = BaseRpcContext & {
  getPattern(): string;
  getMetadata(): unknown;
  getSocketRef?(): unknown;
  getSender?(): string;
};

@Controller()
export class MovedController {
  @MessagePattern('echo')
  echo(@Payload() data: unknown): unknown {
    return data;
  }

  @MessagePattern('make')
  make(@Payload() name: string): unknown {
    return made[name]?.();
  }

  @MessagePattern('throw')
  throw(@Payload() name: string): never {
    throw new RpcException({ message: name, value: made[name]?.() });
  }

  @MessagePattern('throw an Error')
  throwAnError(): never {
    throw new RpcException(made['error']?.() as Error);
  }

  @MessagePattern('throwError')
  failingObservable(): Observable<never> {
    return throwError(() => new Error('secret'));
  }

  @MessagePattern('gate')
  async gate(): Promise<unknown> {
    seen.push('gate reached');
    return gate.passed;
  }

  @MessagePattern('ticks')
  ticks(): Observable<number> {
    seen.push('subscribed');
    return interval(5).pipe(
      takeUntil(gate.passed),
      finalize(() => seen.push('unsubscribed')),
    );
  }

  @MessagePattern('generator')
  async *generator(): AsyncGenerator<number> {
    yield 1;
    yield 2;
  }

  @MessagePattern('generator-without-async')
  *generatorWithoutAsync(): Generator<number> {
    yield 1;
    yield 2;
  }

  @MessagePattern({ z: 1, a: 2 })
  patternOf(@Ctx() context: AnyContext): string {
    return context.getPattern();
  }

  @MessagePattern('context')
  context(@Ctx() context: AnyContext): unknown {
    return {
      is: context.constructor.name,
      pattern: context.getPattern(),
      hasSocket: typeof context.getSocketRef === 'function',
      hasSender: typeof context.getSender === 'function',
    };
  }

  @MessagePattern('metadata')
  metadata(@Ctx() context: AnyContext): unknown {
    return { metadata: context.getMetadata() };
  }

  @MessagePattern('of TCP', Transport.TCP)
  ofTcp(): string {
    return 'served';
  }

  @MessagePattern('twice')
  first(): string {
    return 'the first';
  }

  @MessagePattern('twice')
  second(): string {
    return 'the last';
  }

  @EventPattern('event')
  event(@Payload() data: unknown): void {
    seen.push(data);
  }

  @EventPattern('event')
  sameEvent(@Payload() data: unknown): void {
    seen.push(['again', data]);
  }

  @EventPattern('log.*')
  log(@Ctx() context: AnyContext): void {
    seen.push(`log.* of ${context.getPattern()}`);
  }

  @EventPattern('log.info')
  logInfo(_data: unknown): void {
    seen.push('log.info alone');
  }
}
