import { Controller } from '@nestjs/common';
import { Ctx, MessagePattern } from '@nestjs/microservices';
import { Arg, type RemoteContext, RequirePeer } from 'nestjs-remote';

/** Keeps accounts. Each peer has its own, by the name that belongs to its key. */
@Controller()
@RequirePeer()
export class BankController {
  private readonly balances = new Map([['ada', 100]]);

  @MessagePattern('balance')
  balance(@Ctx() context: RemoteContext): number {
    return this.balances.get(context.getPeer()?.name ?? '') ?? 0;
  }

  /** Nobody but the shop takes money from others. */
  @MessagePattern('charge')
  @RequirePeer('shop')
  charge(@Arg(0) customer: string, @Arg(1) amount: number): number {
    const rest = (this.balances.get(customer) ?? 0) - amount;
    this.balances.set(customer, rest);
    return rest;
  }
}
