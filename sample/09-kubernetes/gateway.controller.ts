import { Controller, Get, Query } from '@nestjs/common';
import { InjectRemote, RemoteClient } from 'nestjs-remote';
import type { MathService, Sum } from './math.controller.js';

@Controller()
export class GatewayController {
  constructor(@InjectRemote('MATH') private readonly math: RemoteClient<MathService>) {}

  /** `GET /sum?numbers=1,2,3` */
  @Get('sum')
  sum(@Query('numbers') numbers: string): Promise<Sum> {
    return this.math.call.sum(...numbers.split(',').map(Number));
  }

  /** The pods to which this gateway has links. */
  @Get('servers')
  servers(): { address: string; state: string }[] {
    return this.math.links.map(({ address, state }) => ({ address, state }));
  }
}
