import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createClient, startService } from '../support/nest.js';

const CALLS = 10_000;
const IN_FLIGHT = 64;

/** How many drops it takes to end a stall. */
const DROPS = 20;

let dropped = (): number => 0;
let handled = 0;
let stall: Promise<void> | undefined;

async function untilMoreAreDropped(): Promise<void> {
  const before = dropped();
  while (dropped() < before + DROPS) {
    await setTimeout(1);
  }
  stall = undefined;
}

@Controller()
class StallingController {
  /** Holds everyone up now and then, until calls that nobody took filled the receive queue. */
  @MessagePattern('next')
  async next(@Payload() number: number): Promise<number> {
    handled++;
    if (number % 1000 === 500 && number < CALLS - 1000) {
      stall ??= untilMoreAreDropped();
    }
    await stall;
    return number + 1;
  }
}

test(`${CALLS} calls, ${IN_FLIGHT} at a time, all end though the receive queue overflows`, async () => {
  const { server, address } = await startService(
    { controllers: [StallingController] },
    { bind: 'udp://127.0.0.1:*', concurrency: 4 },
  );
  dropped = () => server.dropCounts.get('receive queue full') ?? 0;
  const client = createClient({ connect: address, timeout: 100 });

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
  expect(values + errors.length).toBe(CALLS);
  expect(new Set(errors.map((error) => (error as { code: string }).code))).toEqual(
    new Set(['DEADLINE_EXCEEDED']),
  );
  // A call that was dropped timed out; others may have, too, and the kernel drops without a word.
  expect(dropped()).toBeGreaterThanOrEqual(DROPS);
  expect(dropped()).toBeLessThanOrEqual(errors.length);
  expect(handled + dropped()).toBeLessThanOrEqual(CALLS);
  // Every answer was taken by its call, came late, or was lost on its way. What waited for too long
  // was answered without being handled.
  const late = client.dropCounts.get('late response') ?? 0;
  const expired = server.dropCounts.get('request whose time was up') ?? 0;
  expect(values).toBeGreaterThan(0);
  expect(values + late).toBeLessThanOrEqual(handled + expired);
  expect(client.dropCounts.has('response to no call')).toBe(false);
}, 120_000);
