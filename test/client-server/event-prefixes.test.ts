import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern } from '@nestjs/microservices';
import { NEVER, type Observable, finalize } from 'rxjs';
import { beforeEach, describe, expect, test } from 'vitest';
import { type RemoteClient, type RemoteContext } from 'nestjs-remote';
import { observe } from '../observe/observed-calls.js';
import { createClient, startService } from '../support/nest.js';

const seen: string[] = [];

@Controller()
class PrefixController {
  @EventPattern('a*')
  short(_data: unknown): void {
    seen.push('a*');
  }

  @EventPattern('a.b*')
  long(_data: unknown): void {
    seen.push('a.b*');
  }

  @EventPattern('a.b.c')
  exact(_data: unknown): void {
    seen.push('a.b.c');
  }

  @EventPattern('a.b.c')
  sameName(_data: unknown): void {
    seen.push('a.b.c too');
  }

  @EventPattern('a.b*')
  samePrefix(_data: unknown): void {
    seen.push('a.b* too');
  }

  @MessagePattern('m*')
  request(): string {
    return 'm*';
  }
}

let client: RemoteClient;

beforeEach(async () => {
  seen.length = 0;
  const { address } = await startService({ controllers: [PrefixController] });
  client = createClient(address);
});

test.each([
  ['a.b.c', ['a*', 'a.b*', 'a.b* too', 'a.b.c', 'a.b.c too']],
  ['a.b.d', ['a*', 'a.b*', 'a.b* too']],
  ['a.b', ['a*', 'a.b*', 'a.b* too']],
  ['a.b*', ['a*', 'a.b*', 'a.b* too']],
  ['a.x', ['a*']],
  ['a', ['a*']],
])('the event %s goes once to every handler whose pattern it matches: %j', async (name, takers) => {
  await client.notify[name]();
  await expect.poll(() => seen.toSorted()).toEqual(takers);
  await client.notify['a']();
  await expect.poll(() => seen.length).toBe(takers.length + 1);
});

test('a prefix never takes a request', async () => {
  await expect(client.call['m1']()).rejects.toMatchObject({ code: 'UNIMPLEMENTED' });
  await expect(client.call['a1']()).rejects.toMatchObject({ code: 'UNIMPLEMENTED' });
  expect(await client.call['m*']()).toBe('m*');
});

/** What the handlers of one event have done, and what lets them go on. */
const steps: string[] = [];
let release: () => void;

@Controller()
class SeveralController {
  @EventPattern('job*')
  slow(_data: unknown): Promise<void> {
    steps.push('slow began');
    return new Promise((resolve) => {
      release = resolve;
    });
  }

  @EventPattern('job.fails')
  broken(_data: unknown): void {
    steps.push('broken');
    throw new Error('broken');
  }

  @EventPattern('job.runs*')
  open(_data: unknown): Observable<never> {
    return NEVER.pipe(finalize(() => steps.push('open ended')));
  }

  @EventPattern<unknown>('job.runs')
  watched(_data: unknown, @Ctx() context: RemoteContext): void {
    context.getSignal().addEventListener('abort', () => steps.push('aborted'));
  }
}

describe('an event of several handlers', () => {
  beforeEach(() => {
    steps.length = 0;
  });

  test('ends once, after the last of them, though one has failed', async () => {
    const { address, server } = await startService({ controllers: [SeveralController] });
    const { observations } = observe(server);
    const hooks: string[] = [];
    server.setOnProcessingStartHook((_transport, _context, run) => {
      hooks.push('start');
      void run();
    });
    server.setOnProcessingEndHook(() => {
      hooks.push('end');
    });
    await createClient(address).notify['job.fails']();
    await expect.poll(() => steps.toSorted()).toEqual(['broken', 'slow began']);
    expect(hooks).toEqual(['start']);
    release();
    await expect.poll(() => hooks).toEqual(['start', 'end']);
    expect(observations).toMatchObject([{ method: 'job.fails', ends: [expect.any(String)] }]);
  });

  test('holds one slot until the last of them has ended', async () => {
    const { address } = await startService(
      { controllers: [SeveralController] },
      { bind: 'tcp://127.0.0.1:*', concurrency: 1 },
    );
    const caller = createClient(address);
    await caller.notify['job.fails']();
    await caller.notify['job.fails']();
    await expect.poll(() => steps.toSorted()).toEqual(['broken', 'slow began']);
    release();
    await expect.poll(() => steps).toHaveLength(4);
    release();
  });

  test('has all of them aborted where the server closes', async () => {
    const { address, server } = await startService(
      { controllers: [SeveralController] },
      { bind: 'tcp://127.0.0.1:*', shutdownTimeout: 1 },
    );
    await createClient(address).notify['job.runs']();
    await expect.poll(() => steps).toEqual(['slow began']);
    await server.close();
    expect(steps.toSorted()).toEqual(['aborted', 'open ended', 'slow began']);
    release();
  });
});
