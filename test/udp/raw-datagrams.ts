import { type RemoteInfo, type Socket, createSocket } from 'node:dgram';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { Codec } from '../../lib/cbor/codec.js';

export const codec = new Codec();

/** A bare UDP socket, on the loopback interface unless told otherwise, with all that has come to it. */
export class RawDatagrams {
  readonly received: { datagram: Buffer; from: RemoteInfo }[] = [];

  private constructor(readonly socket: Socket) {
    socket.on('message', (datagram, from) => this.received.push({ datagram, from }));
    socket.on('error', () => undefined); // Refusals concern nobody here.
  }

  /**
   * Binds one, which is closed when the test has finished.
   *
   * @param port default one that the system chooses
   */
  static async bind(port = 0, host = '127.0.0.1'): Promise<RawDatagrams> {
    const socket = createSocket('udp4');
    socket.bind(port, host);
    await once(socket, 'listening');
    let isClosed = false;
    socket.on('close', () => (isClosed = true));
    onTestFinished(() => void (isClosed || socket.close()));
    return new RawDatagrams(socket);
  }

  get address(): string {
    const { address, port } = this.socket.address();
    return `udp://${address}:${port}`;
  }

  /** What has come, as its CBOR says. */
  get decoded(): unknown[] {
    return this.received.map(({ datagram }) => codec.decode(datagram));
  }

  /** Sends a datagram to where an address leads. */
  send(datagram: Uint8Array, address: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const { hostname } = new URL(address);
      this.socket.send(datagram, portOf(address), hostname, (error) =>
        error ? reject(error) : resolve(),
      );
    });
  }

  /** Answers every request with what `answer` makes of its number, from 1; undefined is silence. */
  answer(answer: (request: number) => unknown): void {
    let requests = 0;
    this.socket.on('message', (datagram, { port }) => {
      const [, id] = codec.decode(datagram) as [number, number];
      const result = answer(++requests);
      if (result !== undefined) {
        this.socket.send(codec.encode([1, id, null, result]), port, '127.0.0.1');
      }
    });
  }
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}
