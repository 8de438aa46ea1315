import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { type Observable, concat, defer, firstValueFrom, of } from 'rxjs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Pair, transports } from './transports.js';

const seen: unknown[] = [];

@Controller()
class FirstController {
  @EventPattern('event')
  event(@Payload() data: unknown): void {
    seen.push({ first: data });
  }

  @EventPattern({ cmd: 'event', a: 1 })
  object(@Payload() data: unknown): void {
    seen.push({ object: data });
  }

  @EventPattern('observable')
  observable(@Payload() data: unknown): Observable<unknown> {
    return concat(
      of(1),
      defer(() => of(seen.push({ subscribed: data }))),
    );
  }

  @EventPattern('failing')
  failing(@Payload() data: unknown): void {
    seen.push({ failing: data });
    throw new Error('of an event');
  }

  @EventPattern('pattern of')
  patternOf(@Ctx() context: { getPattern(): string }): void {
    seen.push(context.getPattern());
  }
}

@Controller()
class SecondController {
  @EventPattern('event')
  event(@Payload() data: unknown): void {
    seen.push({ second: data });
  }

  @EventPattern('failing')
  failing(@Payload() data: unknown): void {
    seen.push({ 'after the failing one': data });
  }
}

describe.each(transports)('events over $name', ({ start }) => {
  let pair: Pair;

  beforeAll(async () => {
    pair = await start({ controllers: [FirstController, SecondController] });
  });

  beforeEach(() => {
    seen.length = 0;
  });

  afterAll(() => pair.close());

  test('an event reaches every handler of its pattern, in the order of the controllers', async () => {
    pair.client.emit('event', 1);
    await expect.poll(() => seen).toEqual([{ first: 1 }, { second: 1 }]);
  });

  test('emit is hot: it sends without being subscribed to, and once only', async () => {
    const event = pair.client.emit('event', 2);
    await firstValueFrom(event, { defaultValue: undefined });
    pair.client.emit('pattern of', 'last');
    await expect.poll(() => seen).toEqual([{ first: 2 }, { second: 2 }, 'pattern of']);
  });

  test('emit completes once the event was sent', async () => {
    const sent = await firstValueFrom(pair.client.emit('event', 3), { defaultValue: 'sent' });
    expect([undefined, 'sent']).toContain(sent);
    await expect.poll(() => seen).toHaveLength(2);
  });

  test('an event with an object as pattern finds its handler', async () => {
    pair.client.emit({ a: 1, cmd: 'event' }, 4);
    await expect.poll(() => seen).toEqual([{ object: 4 }]);
  });

  test('an Observable that an event handler returns is subscribed to', async () => {
    pair.client.emit('observable', 5);
    await expect.poll(() => seen).toEqual([{ subscribed: 5 }]);
  });

  test('an event handler that throws keeps neither others nor later events from running', async () => {
    pair.client.emit('failing', 6);
    pair.client.emit('event', 7);
    const expected = [{ failing: 6 }, { 'after the failing one': 6 }, { first: 7 }, { second: 7 }];
    await expect.poll(() => seen).toEqual(expected);
  });

  test('an event without a handler is dropped, and later ones arrive', async () => {
    pair.client.emit('unknown', 8);
    pair.client.emit('event', 9);
    await expect.poll(() => seen).toEqual([{ first: 9 }, { second: 9 }]);
  });
});
