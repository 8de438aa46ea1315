import { expect, it } from 'vitest';
import { fuzz } from './fuzzer.js';
import { TARGETS } from './targets.js';

/** A short run of `npm run fuzz`, the same each time. */
const LENGTH = { inputs: 4000, seconds: 600 };

it.each(Object.keys(TARGETS))(
  'takes damaged bytes without a fault, a stall or a leak: %s',
  async (name) => {
    const target = await TARGETS[name]!();
    const { failure, inputs, outcomes } = await fuzz(target, 1, LENGTH);
    await target.close?.();
    if (failure) {
      expect.fail(
        `${failure.reason}\n${(failure.input ?? Buffer.alloc(0)).toString('hex').slice(0, 1000)}`,
      );
    }
    expect(inputs).toBe(LENGTH.inputs);
    // The damage is such that it does not always end in the same way.
    expect(outcomes.size).toBeGreaterThan(1);
  },
  600_000,
);

it('damages conversations such that handshakes, messages and failures are all frequent', async () => {
  const { inputs, outcomes } = await fuzz(await TARGETS['zmtp']!(), 1, LENGTH);
  const shareOf = (event: string): number =>
    [...outcomes].reduce((sum, [name, n]) => sum + (name.includes(event) ? n : 0), 0) / inputs;
  expect(Math.min(...['ready', 'failed', 'message'].map(shareOf))).toBeGreaterThan(0.1);
});
