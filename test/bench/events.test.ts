import { describe, expect, it } from 'vitest';
import { type Request, pack, unpackRequests } from '../../bench/limits/packed-envelopes.js';
import { PackedClient } from '../../bench/limits/packed-client.js';
import { packedTcp } from '../../bench/limits/packed-tcp.js';
import { emitEvents } from '../../bench/loads/emit-events.js';
import { Clients } from '../../bench/processes/clients.js';

const LOAD = { kind: 'events', inFlight: 4, connections: 1 } as const;
const TIMES = { ramp: 0, duration: 1 };

/** A client whose calls get their responses at once, and what it sent. */
function recordingClient() {
  const sent: Request[] = [];
  const client: PackedClient = new PackedClient(async (message) => {
    const requests = unpackRequests(message);
    sent.push(...requests);
    client.receive(pack(requests.map(([id]) => [id, 3])));
  });
  return { client, sent };
}

describe('the load of events', () => {
  it('makes no call by a new client', async () => {
    const { client, sent } = recordingClient();
    const load = { ...LOAD, isClientNew: true };
    const { emitted } = await emitEvents(load, [client], packedTcp, TIMES);
    expect(sent.map(([, method]) => method)).toEqual(Array(emitted).fill('happened'));
  });

  it('makes a call first by a client that is not new', async () => {
    const { client, sent } = recordingClient();
    const load = { ...LOAD, isClientNew: false };
    await emitEvents(load, [client], packedTcp, TIMES);
    expect(sent.slice(0, 2).map(([, method]) => method)).toEqual(['add', 'happened']);
  });

  it('has clients that are new if it asks for them, else those that are connected', async () => {
    const server = await packedTcp.listen(0);
    const clients = new Clients(packedTcp, server.address);
    const first = await clients.open(1);
    expect(await clients.open(1)).toBe(first);
    expect(await clients.open(1, true)).not.toBe(first);
    await clients.open(0);
    await server.close();
  });
});
