import { randomUUID } from 'node:crypto';
import { type Address } from '../address.js';
import { bindError } from '../bind-error.js';

/** A socket that can be connected. */
export interface Connectable<Socket> {
  /** Makes a connection of another socket, which looks for `address`, to this one. */
  accept(socket: Socket, address: string): void;
}

/** Brings sockets together by their addresses, whichever of two is there first. */
export class Exchange<Socket extends Connectable<Socket>> {
  private readonly bound = new Map<string, Socket>();
  private readonly looking = new Map<string, Set<Socket>>();

  /**
   * Lets a socket be found.
   *
   * @returns the address, with the name that was made for `*`
   * @throws {RemoteCallError} `UNAVAILABLE` where another socket has the address
   */
  bind({ host, text }: Address, socket: Socket): string {
    const address = host === '*' ? `memory://${randomUUID()}` : text;
    if (this.bound.has(address)) {
      throw bindError(address, Object.assign(new Error('in use'), { code: 'EADDRINUSE' }));
    }
    this.bound.set(address, socket);
    this.looking.get(address)?.forEach((other) => socket.accept(other, address));
    this.looking.delete(address);
    return address;
  }

  /** Connects a socket to the one that is bound to an address, at once or when it is there. */
  connect(address: string, socket: Socket): void {
    const found = this.bound.get(address);
    if (found) {
      found.accept(socket, address);
      return;
    }
    const looking = this.looking.get(address) ?? new Set();
    this.looking.set(address, looking.add(socket));
  }

  /** A socket closes: it is neither found nor connected any more. */
  leave(socket: Socket, bound: readonly string[], targets: readonly string[]): void {
    bound.forEach((address) => this.bound.delete(address));
    for (const address of targets) {
      const looking = this.looking.get(address);
      if (looking?.delete(socket) && looking.size === 0) {
        this.looking.delete(address);
      }
    }
  }
}
