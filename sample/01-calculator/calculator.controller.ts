import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import { Arg, type RemoteContext } from 'nestjs-remote';
import { setTimeout } from 'node:timers/promises';

@Controller()
export class CalculatorController {
  private memory = 0;

  @MessagePattern('add')
  add(@Arg(0) a: number, @Arg(1) b: number): number {
    return a + b;
  }

  @MessagePattern('sum')
  sum(@Payload() numbers: number[]): number {
    return numbers.reduce((total, number) => total + number, 0);
  }

  @MessagePattern('divide')
  divide(@Arg(0) a: bigint | number, @Arg(1) b: bigint | number): bigint {
    if (BigInt(b) === 0n) {
      throw new RpcException({ message: 'division by zero', dividend: a });
    }
    return BigInt(a) / BigInt(b);
  }

  /** Takes longer than its caller wants to wait, and stops when the caller gives up. */
  @MessagePattern('factorise')
  async factorise(@Ctx() context: RemoteContext): Promise<void> {
    await setTimeout(60_000, undefined, { signal: context.getSignal() }).catch(() => undefined);
  }

  @EventPattern('store')
  store(@Payload() value: number): void {
    this.memory = value;
  }

  @MessagePattern('recall')
  recall(): number {
    return this.memory;
  }
}
