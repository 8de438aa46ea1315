import { type Socket, createSocket } from 'node:dgram';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';

/** What becomes of a datagram: how many of it arrive, and whether it waits for the next one. */
export interface Fate {
  readonly copies: number;
  readonly isLate: boolean;
}

export const ARRIVES: Fate = { copies: 1, isLate: false };
export const LOST: Fate = { copies: 0, isLate: false };
export const TWICE: Fate = { copies: 2, isLate: false };
/** It arrives after the one that follows it in its direction, or never where none does. */
export const OVERTAKEN: Fate = { copies: 1, isLate: true };

/** A way between clients and a server on which datagrams are lost, doubled and overtaken. */
export class UdpProxy {
  /** Decides about each datagram, whatever its direction. */
  fate: () => Fate = () => ARRIVES;

  /** The sockets that stand for clients, by their ports. */
  private readonly clients = new Map<number, Socket>();
  private isClosed = false;

  private constructor(
    private readonly entrance: Socket,
    private readonly target: number,
  ) {}

  /** Opens one that leads to a `udp://` address, until the test has finished. */
  static async open(target: string): Promise<UdpProxy> {
    const entrance = createSocket('udp4').bind(0, '127.0.0.1');
    await once(entrance, 'listening');
    const proxy = new UdpProxy(entrance, Number(target.slice(target.lastIndexOf(':') + 1)));
    const forth = proxy.way();
    entrance.on('message', (datagram, { port }) => {
      const socket = proxy.socketOf(port);
      forth(() => socket.send(datagram, proxy.target, '127.0.0.1'));
    });
    onTestFinished(() => proxy.close());
    return proxy;
  }

  /** Where clients connect. */
  get address(): string {
    return `udp://127.0.0.1:${this.entrance.address().port}`;
  }

  private socketOf(port: number): Socket {
    const known = this.clients.get(port);
    if (known) {
      return known;
    }
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    this.clients.set(port, socket);
    const back = this.way();
    socket.on('message', (datagram) => {
      back(() => this.entrance.send(datagram, port, '127.0.0.1'));
    });
    socket.on('error', () => undefined);
    return socket;
  }

  /** One direction, which passes datagrams on by their fates. */
  private way(): (send: () => void) => void {
    let late: (() => void)[] = [];
    return (send) => {
      const { copies, isLate } = this.fate();
      if (this.isClosed) {
        return;
      }
      if (isLate) {
        late.push(send);
        return;
      }
      const overtaken = late;
      late = [];
      for (let copy = 0; copy < copies; copy++) {
        send();
      }
      overtaken.forEach((one) => one());
    };
  }

  private close(): void {
    this.isClosed = true;
    this.entrance.close();
    this.clients.forEach((socket) => socket.close());
  }
}
