import { setTimeout } from 'node:timers/promises';
import type { ClientProxy } from '@nestjs/microservices';
import { firstValueFrom, retry } from 'rxjs';
import type { LoadResult, LoadTimes } from '../measurement.js';
import type { EventCount } from '../service.js';
import type { Pattern } from '../transports/transport.js';

/** How long the server may count no further event before the rest are taken for lost. */
const GIVES_UP_AFTER = 300;
const ASKS_AGAIN_AFTER = 5;
const REPEATS = 3;

/** The event that a client emits, and the request for its count afterwards. */
export interface EventPatterns {
  event: Pattern;
  count: Pattern;
}

/**
 * Emits events as fast as so many of them that are not yet handed over allow, then asks the server
 * how many it handled, until that is all of them or rises no more. The rate is from the first that
 * was emitted to the last that was handled.
 */
export async function runEvents(
  client: ClientProxy,
  patterns: EventPatterns,
  payload: unknown,
  inFlight: number,
  { ramp, duration }: LoadTimes,
): Promise<LoadResult> {
  // By UDP the request may be lost as well.
  const countEvents = (): Promise<EventCount> =>
    firstValueFrom(client.send<EventCount>(patterns.count, {}).pipe(retry(REPEATS)));
  const before = await countEvents();
  const beganAt = Date.now();
  const endsAt = performance.now() + ramp + duration;
  const emitted = await emitUntil(endsAt, client, patterns.event, payload, inFlight);

  let counted = before;
  for (let countedAt = performance.now(); performance.now() - countedAt < GIVES_UP_AFTER;) {
    const { handled } = counted;
    counted = await countEvents();
    if (counted.handled - before.handled === emitted) {
      break;
    }
    if (counted.handled > handled) {
      countedAt = performance.now();
    }
    await setTimeout(ASKS_AGAIN_AFTER);
  }
  const handled = counted.handled - before.handled;
  const seconds = (counted.lastAt - beganAt) / 1000;
  return {
    rate: seconds > 0 ? handled / seconds : 0,
    p50: 0,
    p99: 0,
    completed: handled,
    lost: emitted - handled,
    isStalled: false,
  };
}

/** @returns how many events it emitted */
function emitUntil(
  endsAt: number,
  client: ClientProxy,
  pattern: Pattern,
  payload: unknown,
  inFlight: number,
): Promise<number> {
  return new Promise((resolve) => {
    let emitted = 0;
    let running = 0;
    let room = 0;

    const handedOver = (): void => {
      running--;
      fill();
    };
    const fill = (): void => {
      for (; running < inFlight && room > 0; room--) {
        if (performance.now() >= endsAt) {
          break;
        }
        running++;
        emitted++;
        client
          .emit<unknown>(pattern, payload)
          .subscribe({ complete: handedOver, error: handedOver });
      }
    };
    // An event may be handed over without any turn of the event loop, and the next one too, so
    // that no socket would ever be served: each turn has room for so many only.
    const turn = (): void => {
      room = inFlight;
      fill();
      if (running > 0 || performance.now() < endsAt) {
        setImmediate(turn);
      } else {
        resolve(emitted);
      }
    };
    turn();
  });
}
