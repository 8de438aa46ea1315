import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { setImmediate } from 'node:timers/promises';
import { EMPTY, type Observable, interval, of, take } from 'rxjs';
import { beforeEach, describe, expect, test } from 'vitest';
import { type RemoteClient } from 'nestjs-remote';
import { outcomeOf } from '../e2e/transports.js';
import { createClient, startService } from '../support/nest.js';

@Controller()
class SeveralController {
  @MessagePattern('burst')
  burst(): Observable<number> {
    return of(0, 1, 2);
  }

  @MessagePattern('several ticks')
  severalTicks(): Observable<number> {
    return interval(1).pipe(take(3));
  }

  @MessagePattern('async generator')
  async *generator(): AsyncGenerator<number> {
    yield 0;
    await setImmediate();
    yield 1;
    yield 2;
  }

  @MessagePattern('none')
  none(): Observable<never> {
    return EMPTY;
  }

  @MessagePattern('empty generator')
  async *emptyGenerator(): AsyncGenerator<never> {}
}

describe.each([
  ['the client', false, true],
  ['the server', true, false],
])('without the extension of %s', (_, clientExtension, serverExtension) => {
  let client: RemoteClient;

  beforeEach(async () => {
    const { address } = await startService(
      { controllers: [SeveralController] },
      { bind: 'tcp://127.0.0.1:*', extension: serverExtension },
    );
    client = createClient({ connect: address, extension: clientExtension });
  });

  test.each(['burst', 'several ticks', 'async generator'])(
    'of several values the last one arrives: %s',
    async (pattern) => {
      expect(await outcomeOf(client.send(pattern, 1))).toEqual({ values: [2] });
      expect(await client.issueCall(pattern)).toBe(2);
    },
  );

  test.each(['none', 'empty generator'])('no value arrives as null: %s', async (pattern) => {
    expect(await outcomeOf(client.send(pattern, 1))).toEqual({ values: [null] });
    expect(await client.issueCall(pattern)).toBeNull();
  });
});
