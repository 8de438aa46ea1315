import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createClient, startService } from '../support/nest.js';

const CALLS = 10_000;
const IN_FLIGHT = 64;

/** How many refusals it takes to end a stall. */
const REFUSALS = 20;

let refused = (): number => 0;
let handled = 0;
let stall: Promise<void> | undefined;

async function untilMoreAreRefused(): Promise<void> {
  const before = refused();
  while (refused() < before + REFUSALS) {
    await setTimeout(1);
  }
  stall = undefined;
}

@Controller()
class StallingController {
  /** Holds everyone up now and then, until calls that nobody took filled the queue. */
  @MessagePattern('next')
  async next(@Payload() number: number): Promise<number> {
    handled++;
    if (number % 1000 === 500 && number < CALLS - 1000) {
      stall ??= untilMoreAreRefused();
    }
    await stall;
    return number + 1;
  }
}

test(`${CALLS} calls, ${IN_FLIGHT} at a time, all end though the queue overflows`, async () => {
  const { server, address } = await startService(
    { controllers: [StallingController] },
    { bind: 'udp://127.0.0.1:*', concurrency: 4, queue: { maxCalls: 16 } },
  );
  refused = () => server.dropCounts.get('request refused') ?? 0;
  const client = createClient({ connect: address, timeout: 1000 });

  let started = 0;
  let values = 0;
  const errors: unknown[] = [];
  const wrong: unknown[] = [];
  const callOnAndOn = async (): Promise<void> => {
    while (started < CALLS) {
      const number = started++;
      try {
        const value: unknown = await client.call.next(number);
        values++;
        if (value !== number + 1) {
          wrong.push([number, value]);
        }
      } catch (error) {
        errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, callOnAndOn));

  expect(wrong).toEqual([]);
  expect(values).toBeGreaterThan(0);
  expect(values + errors.length).toBe(CALLS);
  const codes = errors.map((error) => (error as { code: string }).code);
  // The kernel may drop datagrams without a word.
  expect(['DEADLINE_EXCEEDED', 'RESOURCE_EXHAUSTED']).toEqual(
    expect.arrayContaining([...new Set(codes)]),
  );
  expect(codes).toContain('RESOURCE_EXHAUSTED');
  expect(refused()).toBeGreaterThanOrEqual(REFUSALS);
  expect(handled + refused()).toBeLessThanOrEqual(CALLS);
  expect(client.dropCounts.has('response to no call')).toBe(false);
}, 120_000);
