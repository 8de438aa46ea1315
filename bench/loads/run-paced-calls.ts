import { setTimeout } from 'node:timers/promises';
import type { LoadResult, LoadTimes } from '../measurement.js';
import type { LoadClient, Pattern } from '../transports/transport.js';
import { CallMeter } from './call-meter.js';

const LONGEST_RESPONSE = 4000;

/** Begins calls at a steady rate, at every millisecond those that are due by then. */
export async function runPacedCalls(
  client: LoadClient,
  pattern: Pattern,
  payload: unknown,
  callsPerSecond: number,
  times: LoadTimes,
): Promise<LoadResult> {
  const meter = new CallMeter(times);
  const beganAt = performance.now();
  let issued = 0;

  const issue = (): void => {
    const startedAt = performance.now();
    issued++;
    client.send(pattern, payload).subscribe({
      complete: () => meter.responded(startedAt, performance.now()),
      error: () => meter.lost++,
    });
  };

  for (let now = beganAt; !meter.isOver(now); now = performance.now()) {
    const due = Math.ceil(((now - beganAt) / 1000) * callsPerSecond);
    for (let left = due - issued; left > 0; left--) {
      issue();
    }
    await setTimeout(1);
  }
  const isDone = (): boolean => meter.completed + meter.lost === issued;
  for (let waited = 0; !isDone() && waited < LONGEST_RESPONSE; waited++) {
    await setTimeout(1);
  }
  return meter.result(!isDone());
}
