import type { CallsLoad, LoadResult, LoadTimes, PacedLoad } from '../measurement.js';
import { makePayload } from '../payloads.js';
import type { LoadClient, Pattern, Transport } from '../transports/transport.js';
import { asBase64, asItIs } from './travelling-form.js';
import { runCalls } from './run-calls.js';
import { runPacedCalls } from './run-paced-calls.js';

/**
 * Puts calls on connected clients; paced ones on the first of them.
 *
 * @param transport of the clients
 * @throws {Error} without a client
 */
export async function runLoad(
  load: CallsLoad | PacedLoad,
  clients: readonly LoadClient[],
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
  return runPacedCalls(client, pattern('add'), payload, load.callsPerSecond, times);
}
