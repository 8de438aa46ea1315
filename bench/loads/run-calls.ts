import type { LoadResult, LoadTimes } from '../measurement.js';
import type { LoadClient, Pattern } from '../transports/transport.js';
import { CallMeter } from './call-meter.js';
import type { TravellingForm } from './travelling-form.js';
import { StallWatch } from './stall-watch.js';

/**
 * Keeps calls in flight on each of the clients: each call that ends issues the next. Every
 * transport is driven by this loop, which subscribes and does nothing else.
 *
 * @returns once the last call has ended, or nothing moves any more
 */
export function runCalls(
  clients: readonly LoadClient[],
  pattern: Pattern,
  form: TravellingForm,
  inFlight: number,
  times: LoadTimes,
): Promise<LoadResult> {
  return new Promise((resolve) => {
    let running = clients.length * inFlight;
    const meter = new CallMeter(times);
    const watch = new StallWatch(
      () => meter.completed + meter.lost,
      () => resolve(meter.result(true)),
    );

    const issue = (client: LoadClient): void => {
      const startedAt = performance.now();
      client.send(pattern, form.write()).subscribe({
        next: form.read,
        complete: () => {
          const now = performance.now();
          meter.responded(startedAt, now);
          if (meter.isOver(now)) {
            end();
          } else {
            issue(client);
          }
        },
        error: () => {
          meter.lost++;
          // Not at once: a client that refuses calls at once would never let the process breathe.
          setImmediate(() => (meter.isOver(performance.now()) ? end() : issue(client)));
        },
      });
    };

    const end = (): void => {
      if (--running === 0) {
        watch.stop();
        resolve(meter.result(false));
      }
    };

    for (const client of clients) {
      for (let count = 0; count < inFlight; count++) {
        issue(client);
      }
    }
  });
}
