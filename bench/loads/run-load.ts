import type { ClientProxy } from '@nestjs/microservices';
import type { Load, LoadResult, LoadTimes } from '../measurement.js';
import { makePayload } from '../payloads.js';
import type { Pattern, Transport } from '../transports/transport.js';
import { asBase64, asItIs } from './travelling-form.js';
import { runCalls } from './run-calls.js';
import { runEvents } from './run-events.js';
import { runPacedCalls } from './run-paced-calls.js';

/**
 * Puts a load on connected clients; all but calls in flight on the first of them.
 *
 * @param transport of the clients
 * @throws {Error} without a client
 */
export async function runLoad(
  load: Load,
  clients: readonly ClientProxy[],
  transport: Transport,
  times: LoadTimes,
): Promise<LoadResult> {
  const [client] = clients;
  if (!client) {
    throw new Error('there is no load without a connection');
  }
  const pattern = (method: string): Pattern => transport.pattern(method);
  if (load.kind === 'calls') {
    const payload = makePayload(load.payload);
    const isBase64 = load.isBase64InJson && transport.isJson && Buffer.isBuffer(payload);
    const method = isBase64 ? 'echoBase64' : load.method;
    const form = isBase64 ? asBase64(payload) : asItIs(payload);
    return runCalls(clients, pattern(method), form, load.inFlight, times);
  }
  const payload = makePayload('numbers');
  if (load.kind === 'paced') {
    return runPacedCalls(client, pattern('add'), payload, load.callsPerSecond, times);
  }
  const patterns = { event: pattern('happened'), count: pattern('count') };
  return runEvents(client, patterns, payload, load.inFlight, times);
}
