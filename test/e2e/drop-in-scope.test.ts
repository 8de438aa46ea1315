import { Controller, Inject, Injectable, Scope } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import {
  type BaseRpcContext,
  EventPattern,
  MessagePattern,
  Payload,
  type RequestContext,
} from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Pair, transports } from './transports.js';

/** What both transports' contexts have. */
type AnyContext = BaseRpcContext & { getPattern(): string };

let made = 0;
const seen: unknown[] = [];

@Injectable({ scope: Scope.REQUEST })
class RequestScopedService {
  readonly number = ++made;
}

@Controller({ scope: Scope.REQUEST })
class ScopedController {
  constructor(
    private readonly service: RequestScopedService,
    @Inject(REQUEST) private readonly request: RequestContext<unknown, AnyContext>,
  ) {}

  @MessagePattern('instance')
  instance(): number {
    return this.service.number;
  }

  @MessagePattern({ cmd: 'request' })
  requestOf(): unknown {
    const { pattern, data, context } = this.request;
    return { pattern, data, contextPattern: context?.getPattern() };
  }

  @EventPattern('event')
  event(@Payload() data: unknown): void {
    seen.push([this.request.data, data]);
  }

  @EventPattern('event')
  sameEvent(@Payload() data: unknown): void {
    seen.push(['again', data]);
  }
}

describe.each(transports)('request-scoped controllers over $name', ({ start }) => {
  let pair: Pair;

  beforeAll(async () => {
    seen.length = 0;
    pair = await start({ controllers: [ScopedController], providers: [RequestScopedService] });
  });

  afterAll(() => pair.close());

  test('every call has a new instance', async () => {
    const ask = (): Promise<unknown> => firstValueFrom(pair.client.send('instance', {}));
    const numbers = await Promise.all([ask(), ask(), ask()]);
    expect(new Set(numbers).size).toBe(3);
  });

  test('@Inject(REQUEST) is the call: its pattern, data and context', async () => {
    const answer = await firstValueFrom(pair.client.send({ cmd: 'request' }, { n: 1 }));
    expect(answer).toEqual({
      pattern: { cmd: 'request' },
      data: { n: 1 },
      contextPattern: '{"cmd":"request"}',
    });
  });

  test('two request-scoped handlers of an event both run', async () => {
    pair.client.emit('event', 5);
    await expect
      .poll(() => seen)
      .toEqual([
        [5, 5],
        ['again', 5],
      ]);
  });
});
