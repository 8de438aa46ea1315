import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { EMPTY, firstValueFrom, of } from 'rxjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Outcome, type Pair, outcomeOf, transports } from './transports.js';

@Controller()
class ResultsController {
  @MessagePattern('value')
  value(@Payload() data: unknown): unknown {
    return data;
  }

  @MessagePattern('promise')
  promise(@Payload() data: unknown): Promise<unknown> {
    return Promise.resolve(data);
  }

  @MessagePattern('observable')
  observable(@Payload() data: unknown): unknown {
    return of(data);
  }

  @MessagePattern('promise of observable')
  promiseOfObservable(@Payload() data: unknown): Promise<unknown> {
    return Promise.resolve(of(data));
  }

  @MessagePattern('nothing')
  nothing(): void {}

  @MessagePattern('promise of nothing')
  async promiseOfNothing(): Promise<void> {}

  @MessagePattern('empty observable')
  emptyObservable(): unknown {
    return EMPTY;
  }

  @MessagePattern('observable of undefined')
  observableOfUndefined(): unknown {
    return of(undefined);
  }

  @MessagePattern('no object')
  noObject(): null {
    return null;
  }
}

const VALUES: unknown[] = [
  1,
  'text',
  '',
  0,
  false,
  true,
  -1.5,
  [],
  [1, [2]],
  [undefined, null],
  {},
  { a: { b: [null] } },
  { left: undefined, kept: 1 },
];

describe.each(transports)('results over $name', ({ start, hasDispatchHook }) => {
  let pair: Pair;

  beforeAll(async () => {
    pair = await start({ controllers: [ResultsController] });
  });

  afterAll(() => pair.close());

  const ask = (pattern: string, data: unknown = {}): Promise<Outcome> =>
    outcomeOf(pair.client.send(pattern, data));

  const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

  describe.each(['value', 'promise', 'observable', 'promise of observable'])('a %s', (pattern) => {
    test.each(VALUES)('emits %j once and completes', async (value) => {
      expect(await ask(pattern, value)).toEqual({ values: [json(value)] });
    });
  });

  test.each(['nothing', 'promise of nothing', 'empty observable', 'observable of undefined'])(
    'a handler of %s completes without a value',
    async (pattern) => {
      expect(await ask(pattern)).toEqual({ values: [] });
    },
  );

  test('a handler of null emits null', async () => {
    expect(await ask('no object')).toEqual({ values: [null] });
  });

  test.runIf(hasDispatchHook)('send is cold: a request leaves for each subscription', async () => {
    const packets: unknown[] = [];
    pair.client.setOnDispatchHook((packet) => packets.push(packet.data));
    const call = pair.client.send('value', 7);
    expect(packets).toEqual([]);
    expect(await firstValueFrom(call)).toBe(7);
    expect(await firstValueFrom(call)).toBe(7);
    expect(packets).toEqual([7, 7]);
  });

  test('many calls at once get each its own response', async () => {
    const numbers = Array.from({ length: 200 }, (_, n) => n);
    const answers = numbers.map((n) => firstValueFrom(pair.client.send('promise', n)));
    expect(await Promise.all(answers)).toEqual(numbers);
  });
});
