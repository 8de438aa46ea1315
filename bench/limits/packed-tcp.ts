import { once } from 'node:events';
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';
import {
  type Listening,
  type OpenClients,
  type Transport,
  stringPattern,
} from '../transports/transport.js';
import { FrameReader, writeFrame } from './frames.js';
import { PackedClient } from './packed-client.js';
import { PackedService } from './packed-service.js';

const HOST = '127.0.0.1';

/** What `node:net` allows without Nest: a limit for the engine `net`. */
export const packedTcp: Transport = {
  title: 'Packed TCP',
  pattern: stringPattern,

  async listen(): Promise<Listening> {
    const service = new PackedService();
    const server = createServer({ noDelay: true }, (socket) => {
      readMessages(socket, (message) => {
        const responses = service.respond(message);
        if (responses) {
          writeFrame(socket, responses);
        }
      });
      // A client that goes in the middle of something is no fault of this process.
      socket.on('error', () => socket.destroy());
    });
    server.listen(0, HOST);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return {
      address: String(port),
      countEvents: () => service.countEvents(),
      close: async () => void server.close(),
    };
  },

  async openClients(port: string, connections: number): Promise<OpenClients> {
    const sockets = await Promise.all(
      Array.from({ length: connections }, async () => {
        const socket = connect({ port: Number(port), host: HOST, noDelay: true });
        await once(socket, 'connect');
        return socket;
      }),
    );
    return {
      clients: sockets.map((socket) => clientOver(socket)),
      close: async () => sockets.forEach((socket) => socket.destroy()),
    };
  },
};

function clientOver(socket: Socket): PackedClient {
  const client = new PackedClient(async (message) => {
    if (!writeFrame(socket, message)) {
      await once(socket, 'drain');
    }
  });
  readMessages(socket, (message) => client.receive(message));
  return client;
}

/** What is written for the messages of one chunk leaves in one go. */
function readMessages(socket: Socket, received: (message: Buffer) => void): void {
  const frames = new FrameReader();
  socket.on('data', (chunk) => {
    socket.cork();
    frames.read(chunk).forEach(received);
    socket.uncork();
  });
}
