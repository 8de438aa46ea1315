import { Controller, Inject } from '@nestjs/common';
import { Ctx, MessagePattern } from '@nestjs/microservices';
import { Arg, RemoteClient, type RemoteContext, RequirePeer } from 'nestjs-remote';

/** The bank as the shop sees it. */
export interface Bank {
  balance(): number;
  charge(customer: string, amount: number): number;
}

/** The shop as its customers see it. */
export interface Shop {
  buy(item: string): string;
}

/** Sells to peers that it knows, and has the bank charge them. */
@Controller()
@RequirePeer()
export class ShopController {
  constructor(@Inject('BANK') private readonly bank: RemoteClient<Bank>) {}

  @MessagePattern('buy')
  async buy(@Arg(0) item: string, @Ctx() context: RemoteContext): Promise<string> {
    // The key proves who buys: no argument could.
    const customer = context.getPeer()?.name ?? '';
    const rest = await this.bank.call.charge(customer, 30);
    return `${item} for ${customer}, who has ${rest} left`;
  }
}
