import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Action, actions, answer, stream } from './action.js';
import { violations } from './rules.js';
import { World } from './world.js';

/** When to stop looking for a shorter run that fails. */
const TIME_LIMIT = 60_000;

/** Longer than any run takes that does not hang. */
const RUN_TIMEOUT = 20_000;

/** Longer than both together. */
const TEST_TIMEOUT = 120_000;

async function run(steps: readonly Action[]): Promise<void> {
  const world = await World.create();
  try {
    for (const step of steps) {
      await world.perform(step);
    }
    await world.settle();
  } finally {
    await world.close();
  }
  expect(violations(world)).toEqual([]);
}

describe.each([
  ['calls', answer],
  ['calls and streams', fc.oneof(answer, stream)],
])('%s among cancellations, link losses and restarts', (_what, behaviour) => {
  it(
    'end exactly once, and leave nothing behind',
    async () => {
      await fc.assert(fc.asyncProperty(actions(behaviour), run), {
        numRuns: 80,
        timeout: RUN_TIMEOUT,
        interruptAfterTimeLimit: TIME_LIMIT,
        markInterruptAsFailure: true,
      });
    },
    TEST_TIMEOUT,
  );
});
