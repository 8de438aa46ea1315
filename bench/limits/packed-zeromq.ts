import { Dealer, Router } from 'zeromq';
import { endOfCall } from '../loads/end-of-call.js';
import {
  type Listening,
  type OpenClients,
  type Transport,
  stringPattern,
} from '../transports/transport.js';
import { PackedClient } from './packed-client.js';
import { PackedService } from './packed-service.js';

/** Nothing is refused, and a message costs a system call less than with a timeout. */
const OPTIONS = { linger: 0, sendTimeout: 0, sendHighWaterMark: 0, receiveHighWaterMark: 0 };

/** What zeromq.js allows without Nest: a limit for the engine `zeromq`. */
export const packedZeromq: Transport = {
  title: 'Packed ZeroMQ',
  pattern: stringPattern,

  async listen(): Promise<Listening> {
    const service = new PackedService();
    const router = new Router(OPTIONS);
    await router.bind('tcp://127.0.0.1:*');
    void serveAll(router, service);
    return {
      address: router.lastEndpoint ?? '',
      countEvents: () => service.countEvents(),
      close: async () => router.close(),
    };
  },

  async openClients(address: string, connections: number): Promise<OpenClients> {
    const dealers = Array.from({ length: connections }, () => new Dealer(OPTIONS));
    const clients = dealers.map((dealer) => {
      dealer.connect(address);
      return clientOver(dealer);
    });
    await Promise.all(clients.map((client) => endOfCall(client, 'add', [1, 2])));
    return { clients, close: async () => dealers.forEach((dealer) => dealer.close()) };
  },
};

async function serveAll(router: Router, service: PackedService): Promise<void> {
  for await (const [peer, message] of router) {
    const responses = service.respond(message as Buffer);
    if (responses) {
      await router.send([peer as Buffer, responses]);
    }
  }
}

function clientOver(dealer: Dealer): PackedClient {
  const client = new PackedClient((message) => dealer.send(message));
  void receiveAll(dealer, client);
  return client;
}

async function receiveAll(dealer: Dealer, client: PackedClient): Promise<void> {
  for await (const [message] of dealer) {
    client.receive(message as Buffer);
  }
}
