import 'reflect-metadata';
import { runLoad } from '../loads/run-load.js';
import { transportOf } from '../transports/transports.js';
import { serveRequests } from './serve-requests.js';
import { Clients } from './clients.js';
import { serve } from './serve.js';

const [, , transportName = '', givenAddress = ''] = process.argv;
const transport = transportOf(transportName);
const address = transport.isInOneProcess ? await serve(transport) : givenAddress;
const clients = new Clients(transport, address);

serveRequests(address, async (request) => {
  switch (request.kind) {
    case 'open':
      await clients.open(request.connections);
      return { kind: 'open' };
    case 'load': {
      const { load, times } = request;
      const opened = await clients.open(load.connections);
      const result = await runLoad(load, opened, transport, times);
      return { kind: 'load', result };
    }
    default:
      throw new Error(`a client does not do '${request.kind}'`);
  }
});
