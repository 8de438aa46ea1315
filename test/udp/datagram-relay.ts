import { type Socket, createSocket } from 'node:dgram';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';

/**
 * Somebody on the way between a client and a server, who records what passes, and sends what it likes
 * under the address of either.
 */
export class DatagramRelay {
  /** From the client. */
  readonly requests: Buffer[] = [];
  /** From the server. */
  readonly responses: Buffer[] = [];
  /** Whether requests pass. */
  passes: (request: Buffer) => boolean = () => true;
  private client = 0;

  private constructor(
    private readonly front: Socket,
    private readonly back: Socket,
    private server: number,
  ) {
    front.on('message', (datagram, { port }) => {
      this.client = port;
      this.requests.push(datagram);
      if (this.passes(datagram)) {
        this.toServer(datagram);
      }
    });
    back.on('message', (datagram) => {
      this.responses.push(datagram);
      this.toClient(datagram);
    });
    for (const socket of [front, back]) {
      socket.on('error', () => undefined);
    }
  }

  /** @param address of the server */
  static async to(address: string): Promise<DatagramRelay> {
    const sockets = [createSocket('udp4'), createSocket('udp4')] as const;
    for (const socket of sockets) {
      socket.bind(0, '127.0.0.1');
      await once(socket, 'listening');
      onTestFinished(() => void socket.close());
    }
    return new DatagramRelay(...sockets, portOf(address));
  }

  /** Where the client connects to. */
  get address(): string {
    return `udp://127.0.0.1:${this.front.address().port}`;
  }

  /** Leads to another server from here on, by the same address. */
  redirect(address: string): void {
    this.server = portOf(address);
  }

  toServer(datagram: Uint8Array): void {
    this.back.send(datagram, this.server, '127.0.0.1');
  }

  toClient(datagram: Uint8Array): void {
    this.front.send(datagram, this.client, '127.0.0.1');
  }
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}
