import { Controller, ParseIntPipe } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Pair, transports } from './transports.js';

/** What both transports' contexts have. */
interface PatternContext {
  getPattern(): string;
}

const seen: unknown[] = [];

@Controller()
class PatternsController {
  @MessagePattern('text')
  text(): string {
    return 'text';
  }

  @MessagePattern(7)
  number(): string {
    return 'number';
  }

  @MessagePattern({ cmd: 'sum', version: 1 })
  object(): string {
    return 'object';
  }

  @MessagePattern({ b: { d: 1, c: 'x' }, a: true })
  nested(): string {
    return 'nested object';
  }

  @MessagePattern(['first', { second: 2 }])
  several(): string {
    return 'several';
  }

  @MessagePattern('dotted.*.name > #1')
  odd(): string {
    return 'odd characters';
  }

  @MessagePattern('pattern of')
  patternOf(@Ctx() context: PatternContext): string {
    return context.getPattern();
  }

  @MessagePattern({ z: 1, a: 2 })
  objectPatternOf(@Ctx() context: PatternContext): string {
    return context.getPattern();
  }

  @MessagePattern('property')
  property(@Payload('a') a: unknown): unknown {
    return { a };
  }

  @MessagePattern('piped')
  piped(@Payload(ParseIntPipe) n: number): unknown {
    return n;
  }

  @MessagePattern('piped property')
  pipedProperty(@Payload('n', ParseIntPipe) n: number): unknown {
    return n;
  }

  @MessagePattern('undecorated')
  undecorated(data: unknown): unknown {
    return data;
  }

  @EventPattern('event')
  event(_data: unknown): string {
    seen.push('event');
    return 'from an event handler';
  }

  @MessagePattern('request')
  request(@Payload() data: unknown): void {
    seen.push(data);
  }
}

describe.each(transports)('patterns over $name', ({ start }) => {
  let pair: Pair;

  beforeAll(async () => {
    seen.length = 0;
    pair = await start({ controllers: [PatternsController] });
  });

  afterAll(() => pair.close());

  const ask = (pattern: unknown, data: unknown = {}): Promise<unknown> =>
    firstValueFrom(pair.client.send(pattern, data));

  test.each([
    ['text', 'text'],
    [7, 'number'],
    ['7', 'number'],
    [{ cmd: 'sum', version: 1 }, 'object'],
    [{ version: 1, cmd: 'sum' }, 'object'],
    ['{"cmd":"sum","version":1}', 'object'],
    ['{"version":1,"cmd":"sum"}', 'object'],
    [{ a: true, b: { c: 'x', d: 1 } }, 'nested object'],
    [{ b: { d: 1, c: 'x' }, a: true }, 'nested object'],
    ['first', 'several'],
    [{ second: 2 }, 'several'],
    ['dotted.*.name > #1', 'odd characters'],
  ])('%j finds its handler', async (pattern, answer) => {
    expect(await ask(pattern)).toBe(answer);
  });

  test('getPattern() is the pattern that was called', async () => {
    expect(await ask('pattern of')).toBe('pattern of');
  });

  test('@Payload(property) takes one property', async () => {
    expect(await ask('property', { a: 1, b: 2 })).toEqual({ a: 1 });
  });

  test('@Payload(pipe) pipes the payload', async () => {
    expect(await ask('piped', '12')).toBe(12);
  });

  test('@Payload(property, pipe) pipes the property', async () => {
    expect(await ask('piped property', { n: '12' })).toBe(12);
  });

  test('an undecorated first parameter is the payload', async () => {
    expect(await ask('undecorated', [1, 2])).toEqual([1, 2]);
  });

  test('a request to an @EventPattern runs it and responds with its result', async () => {
    expect(await ask('event')).toBe('from an event handler');
    expect(seen).toContain('event');
  });

  test('an event to a @MessagePattern runs it', async () => {
    pair.client.emit('request', 'emitted');
    await expect.poll(() => seen).toContain('emitted');
  });
});
