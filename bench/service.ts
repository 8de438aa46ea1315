import { Controller, Module } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';

/** A handler has both of Nest's kinds of patterns: `'add'` and `{ cmd: 'add' }`. */
function eitherPattern(method: string): (string | { cmd: string })[] {
  return [method, { cmd: method }];
}

/** What a server knows of the events that it handled. */
export interface EventCount {
  /** Since its process began. */
  handled: number;
  /** When it handled the last one, by the clock that all processes of a machine share. */
  lastAt: number;
}

/** What the server of every transport serves. */
@Controller()
export class BenchController {
  private readonly events: EventCount = { handled: 0, lastAt: 0 };

  @MessagePattern(eitherPattern('add'))
  add(@Payload() [first, second]: [number, number]): number {
    return first + second;
  }

  @MessagePattern(eitherPattern('echo'))
  echo(@Payload() value: unknown): unknown {
    return value;
  }

  /** The same for bytes where JSON carries them: a service wants the bytes, not their text. */
  @MessagePattern(eitherPattern('echoBase64'))
  echoBase64(@Payload() text: string): string {
    return Buffer.from(text, 'base64').toString('base64');
  }

  @EventPattern(eitherPattern('happened'))
  happened(): void {
    this.events.handled++;
    this.events.lastAt = Date.now();
  }

  countEvents(): EventCount {
    return { ...this.events };
  }
}

/** The Nest app of every server. */
@Module({ controllers: [BenchController] })
export class BenchModule {}
