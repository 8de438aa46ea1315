import { Controller, Module } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';

/** A handler answers to both of Nest's kinds of patterns: `'add'` and `{ cmd: 'add' }`. */
function eitherPattern(method: string): (string | { cmd: string })[] {
  return [method, { cmd: method }];
}

/** What the server of every transport serves. */
@Controller()
export class BenchController {
  private events = 0;

  @MessagePattern(eitherPattern('add'))
  add(@Payload() [first, second]: [number, number]): number {
    return first + second;
  }

  @MessagePattern(eitherPattern('echo'))
  echo(@Payload() value: unknown): unknown {
    return value;
  }

  @EventPattern(eitherPattern('happened'))
  happened(): void {
    this.events++;
  }

  /** How many events were handled since the process began. */
  @MessagePattern(eitherPattern('count'))
  count(): number {
    return this.events;
  }
}

/** The Nest app of every server. */
@Module({ controllers: [BenchController] })
export class BenchModule {}
