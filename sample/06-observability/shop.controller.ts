import { Controller } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import { trace } from '@opentelemetry/api';
import { Arg } from 'nestjs-remote';

@Controller()
export class ShopController {
  @MessagePattern('order')
  async order(@Arg(0) item: string): Promise<string> {
    // The span of a database, say: a child of the call's own.
    const span = trace.getTracer('shop').startSpan('insert order');
    await new Promise((resolve) => setTimeout(resolve, 5));
    span.end();
    if (item === 'unicorn') {
      throw new RpcException({ message: 'there are none', code: 'PERMISSION_DENIED' });
    }
    return `ordered ${item}`;
  }

  @MessagePattern('track')
  async *track(): AsyncGenerator<string> {
    yield 'packed';
    yield 'on its way';
    yield 'delivered';
  }

  @MessagePattern('wait')
  wait(): Promise<never> {
    return new Promise(() => undefined);
  }

  @EventPattern('viewed')
  viewed(@Payload() _page: string): void {
    trace.getTracer('shop').startSpan('count view').end();
  }
}
