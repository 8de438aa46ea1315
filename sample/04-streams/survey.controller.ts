import { Controller } from '@nestjs/common';
import { Ctx, MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import type { RemoteCallError, RemoteContext } from 'nestjs-remote';
import { type Observable, concat, finalize, interval, map, of, throwError } from 'rxjs';
import { setTimeout } from 'node:timers/promises';

/** Why each survey or watch that was given up has stopped. */
export const stopped: string[] = [];

@Controller()
export class SurveyController {
  /** A long job: emits its progress in percent after each field. */
  @MessagePattern('survey')
  async *survey(@Payload() fields: number, @Ctx() context: RemoteContext): AsyncGenerator<number> {
    const signal = context.getSignal();
    try {
      for (let field = 1; field <= fields; field++) {
        await setTimeout(5, undefined, { signal });
        yield Math.round((100 * field) / fields);
      }
    } finally {
      if (signal.aborted) {
        stopped.push(`survey: ${(signal.reason as RemoteCallError).code}`);
      }
    }
  }

  /** Finds a stone in its third field. */
  @MessagePattern('plough')
  plough(): Observable<string> {
    return concat(
      of('first field', 'second field'),
      throwError(() => new RpcException({ message: 'a stone', field: 3 })),
    );
  }

  /** Has no end of its own. */
  @MessagePattern('humidity')
  humidity(): Observable<number> {
    return interval(5).pipe(
      map((tick) => 40 + tick),
      finalize(() => stopped.push('humidity: unsubscribed')),
    );
  }
}
