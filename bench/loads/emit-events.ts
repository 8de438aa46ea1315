import type { Emission, EventsLoad, LoadTimes } from '../measurement.js';
import { makePayload } from '../payloads.js';
import type { LoadClient, Pattern, Transport } from '../transports/transport.js';
import { endOfCall } from './end-of-call.js';

/**
 * Emits events by the first of these clients, from now to the end of the times. Whether they were
 * handled is to be asked of the server.
 *
 * @param transport of the clients
 * @throws {Error} without a client
 */
export async function emitEvents(
  { inFlight, isClientNew }: EventsLoad,
  [client]: readonly LoadClient[],
  transport: Transport,
  { ramp, duration }: LoadTimes,
): Promise<Emission> {
  if (!client) {
    throw new Error('there is no load without a connection');
  }
  const payload = makePayload('numbers');
  if (!isClientNew) {
    await endOfCall(client, transport.pattern('add'), payload);
  }
  const beganAt = Date.now();
  const endsAt = performance.now() + ramp + duration;
  const emitted = await emitUntil(endsAt, client, transport.pattern('happened'), payload, inFlight);
  return { emitted, beganAt };
}

/** @returns how many events it emitted */
function emitUntil(
  endsAt: number,
  client: LoadClient,
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
        client.emit(pattern, payload).subscribe({ complete: handedOver, error: handedOver });
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
