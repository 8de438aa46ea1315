import { Controller } from '@nestjs/common';
import { type BaseRpcContext, Ctx, EventPattern, MessagePattern } from '@nestjs/microservices';
import { type Observable, concat, defer, of, throwError } from 'rxjs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Pair, outcomeOf, transports } from './transports.js';

const log: string[] = [];
const metadata: unknown[] = [];
const transportIds = new Set<unknown>();

/** What both transports' contexts have; that of TCP from NestJS 12 on. */
type AnyContext = BaseRpcContext & { getMetadata?(): Record<string, string> | undefined };

@Controller()
class HooksController {
  @MessagePattern('value')
  value(): string {
    log.push('handler');
    return 'value';
  }

  @MessagePattern('error')
  error(): never {
    log.push('handler');
    throw new Error('of the handler');
  }

  @MessagePattern('observable')
  observable(): Observable<string> {
    log.push('handler');
    return concat(defer(() => (log.push('subscribed'), of('value'))));
  }

  @MessagePattern('failing observable')
  failingObservable(): Observable<never> {
    log.push('handler');
    return throwError(() => new Error('of the observable'));
  }

  @EventPattern('event')
  event(@Ctx() context: AnyContext): void {
    log.push('handler');
    metadata.push(context.getMetadata?.());
  }

  @EventPattern('failing event')
  failingEvent(_data: unknown): void {
    log.push('handler');
    throw new Error('of the event');
  }

  @MessagePattern('metadata')
  metadataOf(@Ctx() context: AnyContext): unknown {
    return { metadata: context.getMetadata?.() };
  }
}

describe.each(transports)('hooks over $name', ({ start, hasDispatchHook }) => {
  let pair: Pair;
  let failStart = false;

  beforeAll(async () => {
    pair = await start({ controllers: [HooksController] }, (_app, server) => {
      const processingStarts = async (
        context: unknown,
        done: () => Promise<unknown>,
      ): Promise<void> => {
        log.push(`start ${(context as { getPattern(): string }).getPattern()}`);
        await Promise.resolve();
        if (failStart) {
          throw new Error('of the start hook');
        }
        await done();
      };
      server.setOnProcessingStartHook((transportId, context, done) => {
        transportIds.add(transportId);
        // Nest's type says that it returns nothing; its servers await what it returns.
        return processingStarts(context, done) as unknown as void;
      });
      server.setOnProcessingEndHook((transportId, context) => {
        transportIds.add(transportId);
        log.push(`end ${(context as { getPattern(): string }).getPattern()}`);
      });
    });
  });

  beforeEach(() => {
    log.length = 0;
    metadata.length = 0;
    transportIds.clear();
    failStart = false;
    if (hasDispatchHook) {
      pair.client.setOnDispatchHook(() => undefined);
    }
  });

  afterAll(() => pair.close());

  test.each([
    ['value', ['start value', 'handler', 'end value']],
    ['error', ['start error', 'handler', 'end error']],
    ['observable', ['start observable', 'handler', 'subscribed', 'end observable']],
    ['failing observable', ['start failing observable', 'handler', 'end failing observable']],
  ])('%s: processing starts before the handler and ends once after it', async (name, expected) => {
    await outcomeOf(pair.client.send(name, 1));
    await expect.poll(() => log).toEqual(expected);
    await outcomeOf(pair.client.send('metadata', 1));
    expect(log.slice(0, expected.length + 1)).toEqual([...expected, 'start metadata']);
    expect([...transportIds]).toEqual([pair.server.transportId]);
  });

  test.each(['event', 'failing event'])('%s: processing starts and ends once', async (name) => {
    pair.client.emit(name, 1);
    await expect.poll(() => log).toEqual([`start ${name}`, 'handler', `end ${name}`]);
  });

  test('an unknown pattern starts no processing', async () => {
    await outcomeOf(pair.client.send('unknown', 1));
    expect(log).toEqual([]);
  });

  test('a start hook that fails keeps the handler from running, and later calls work', async () => {
    failStart = true;
    pair.client.emit('event', 1);
    await expect.poll(() => log).toEqual(['start event']);
    failStart = false;
    expect(await outcomeOf(pair.client.send('value', 1))).toEqual({ values: ['value'] });
    expect(log.slice(0, 3)).toEqual(['start event', 'start value', 'handler']);
  });

  test.runIf(hasDispatchHook)(
    'the dispatch hook sees every request and event with its pattern and data',
    async () => {
      const packets: unknown[] = [];
      pair.client.setOnDispatchHook(({ pattern, data }) => packets.push({ pattern, data }));
      await outcomeOf(pair.client.send({ cmd: 'unknown' }, [1, 2]));
      await outcomeOf(pair.client.emit('event', { a: 1 }));
      expect(packets).toEqual([
        { pattern: { cmd: 'unknown' }, data: [1, 2] },
        { pattern: 'event', data: { a: 1 } },
      ]);
    },
  );

  test.runIf(hasDispatchHook)(
    "metadata that the dispatch hook sets reaches a request's context",
    async () => {
      pair.client.setOnDispatchHook((packet) => {
        packet.metadata = { traceparent: '00-1-2-03' };
      });
      const { values } = await outcomeOf(pair.client.send('metadata', 1));
      expect(values).toEqual([{ metadata: { traceparent: '00-1-2-03' } }]);
    },
  );

  test.runIf(hasDispatchHook)(
    "metadata that the dispatch hook sets reaches an event's context",
    async () => {
      pair.client.setOnDispatchHook((packet) => {
        packet.metadata = { traceparent: '00-1-2-03' };
      });
      pair.client.emit('event', 1);
      await expect.poll(() => metadata).toEqual([{ traceparent: '00-1-2-03' }]);
    },
  );

  test.runIf(hasDispatchHook)('without metadata getMetadata() is undefined', async () => {
    pair.client.emit('event', 1);
    await expect.poll(() => metadata).toEqual([undefined]);
  });

  test.runIf(hasDispatchHook)('an error of the dispatch hook is an error of the call', async () => {
    pair.client.setOnDispatchHook(() => {
      throw new Error('of the dispatch hook');
    });
    const { values, error } = await outcomeOf(pair.client.send('value', 1));
    expect(values).toEqual([]);
    expect((error as Error).message).toBe('of the dispatch hook');
  });

  test.runIf(hasDispatchHook)(
    'an error of the dispatch hook is an error of the event',
    async () => {
      pair.client.setOnDispatchHook(() => {
        throw new Error('of the dispatch hook');
      });
      const { error } = await outcomeOf(pair.client.emit('event', 1));
      expect((error as Error).message).toBe('of the dispatch hook');
    },
  );
});
