import { expect, it } from 'vitest';
import type { SessionEvent } from '../../../lib/nodes/zmtp/core/session-event.js';
import { Dice, chunksOf, damagedStream } from './mutations.js';
import { eventsOf, sessionWith, shown } from './wire.js';

/** How many streams are tried: more by FUZZ_RUNS=2000000 FUZZ_SEED=7. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 4000);
const SEED = Number(process.env['FUZZ_SEED'] ?? 1);

const LIMITS = { maxCommand: 100, maxFrame: 1000, maxMessage: 2000 };

it('survives damaged streams: it fails once, as the last thing it does, and within its limits', () => {
  const outcomes = { ready: 0, failed: 0, message: 0 };
  for (let run = 0; run < RUNS; run++) {
    const dice = new Dice(SEED + run);
    const bytes = damagedStream(dice);
    const type = run % 2 === 0 ? 'ROUTER' : 'PUB';
    const events = eventsOf(sessionWith({ type, limits: LIMITS }), chunksOf(bytes, dice));
    const problem = problemOf(events);
    if (problem !== undefined) {
      expect.fail(`seed ${SEED + run}: ${problem}: ${JSON.stringify(events.map(shown))}`);
    }
    for (const { type: name } of events) {
      if (name in outcomes) {
        outcomes[name as keyof typeof outcomes]++;
      }
    }
  }
  // The damage is such that all of this happens often.
  expect(Math.min(...Object.values(outcomes))).toBeGreaterThan(RUNS / 10);
}, 3_600_000);

function problemOf(events: readonly SessionEvent[]): string | undefined {
  const failure = events.findIndex(({ type }) => type === 'failed');
  if (failure >= 0 && failure < events.length - 1) {
    return 'goes on after it has failed';
  }
  const ready = events.findIndex(({ type }) => type === 'ready');
  const first = events.findIndex(({ type }) => type === 'message' || type === 'ping');
  if (first >= 0 && (ready < 0 || first < ready)) {
    return 'has traffic before it is ready';
  }
  const isOver = events.some(
    (event) =>
      event.type === 'message' &&
      event.frames.reduce((total, { length }) => total + length, 0) > LIMITS.maxMessage,
  );
  return isOver ? 'has a message over the limit' : undefined;
}
