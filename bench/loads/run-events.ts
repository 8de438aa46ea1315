import { setTimeout } from 'node:timers/promises';
import type { ClientProxy } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';
import type { LoadResult, LoadTimes } from '../measurement.js';
import type { Pattern } from '../transports/transport.js';

/** How long the server may count no further event before the rest are taken for lost. */
const GIVES_UP_AFTER = 500;

/** What a client emits, and what it asks the server for afterwards. */
export interface EventPatterns {
  event: Pattern;
  count: Pattern;
}

/**
 * Emits events as fast as so many of them that are not yet handed over allow, then asks the server
 * how many it handled until that is all of them or rises no more. The rate is over all this time.
 */
export async function runEvents(
  client: ClientProxy,
  patterns: EventPatterns,
  payload: unknown,
  inFlight: number,
  { ramp, duration }: LoadTimes,
): Promise<LoadResult> {
  const countEvents = (): Promise<number> =>
    firstValueFrom(client.send<number>(patterns.count, {}));
  const before = await countEvents();
  const beganAt = performance.now();
  const emitted = await emitUntil(
    beganAt + ramp + duration,
    client,
    patterns.event,
    payload,
    inFlight,
  );

  let handled = 0;
  let handledAt = performance.now();
  while (handled < emitted && performance.now() - handledAt < GIVES_UP_AFTER) {
    const counted = (await countEvents()) - before;
    if (counted > handled) {
      handled = counted;
      handledAt = performance.now();
    } else {
      await setTimeout(5);
    }
  }
  return {
    rate: (handled / (handledAt - beganAt)) * 1000,
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
