import 'reflect-metadata';
import { emitEvents } from '../loads/emit-events.js';
import { runLoad } from '../loads/run-load.js';
import { transportOf } from '../transports/transports.js';
import { serveRequests } from './serve-requests.js';
import { Clients } from './clients.js';

const [, , transportName = '', givenAddress = ''] = process.argv;
const transport = transportOf(transportName);
const server = transport.isInOneProcess ? await transport.listen(0) : undefined;
const address = server?.address ?? givenAddress;
const clients = new Clients(transport, address);

serveRequests(address, async (request) => {
  switch (request.kind) {
    case 'open':
      await clients.open(request.connections, request.areNew);
      return { kind: 'open' };
    case 'load': {
      const { load, times } = request;
      const opened = await clients.open(load.connections);
      const result = await runLoad(load, opened, transport, times);
      return { kind: 'load', result };
    }
    case 'emit': {
      const { load, times } = request;
      const opened = await clients.open(load.connections);
      const emission = await emitEvents(load, opened, transport, times);
      return { kind: 'emit', emission };
    }
    case 'count':
      if (!server) {
        throw new Error('a client counts no events');
      }
      return { kind: 'count', count: server.countEvents() };
    default:
      throw new Error(`a client does not do '${request.kind}'`);
  }
});
