import type { ClientProxy } from '@nestjs/microservices';
import type { Load, LoadResult, LoadTimes } from '../measurement.js';
import { makePayload } from '../payloads.js';
import type { Pattern } from '../transports/transport.js';
import { runCalls } from './run-calls.js';
import { runEvents } from './run-events.js';
import { runPacedCalls } from './run-paced-calls.js';

/**
 * Puts a load on connected clients; all but calls in flight on the first of them.
 *
 * @param pattern of a method, as the transport wants it
 * @throws {Error} without a client
 */
export async function runLoad(
  load: Load,
  clients: readonly ClientProxy[],
  pattern: (method: string) => Pattern,
  times: LoadTimes,
): Promise<LoadResult> {
  const [client] = clients;
  if (!client) {
    throw new Error('there is no load without a connection');
  }
  if (load.kind === 'calls') {
    const payload = makePayload(load.payload);
    return runCalls(clients, pattern(load.method), payload, load.inFlight, times);
  }
  const payload = makePayload('numbers');
  if (load.kind === 'paced') {
    return runPacedCalls(client, pattern('add'), payload, load.callsPerSecond, times);
  }
  const patterns = { event: pattern('happened'), count: pattern('count') };
  return runEvents(client, patterns, payload, load.inFlight, times);
}
