import type { Socket } from 'zeromq';
import { RemoteCallError } from '../../errors/remote-call.error.js';
import type { Address } from '../address.js';
import { Connection, type ConnectionListener, type ConnectionTiming } from './connection.js';
import { type ConnectionEvents, monitorConnections } from './connection-monitor.js';

/** How many sockets are made at most until libzmq can monitor one. */
const MONITOR_ATTEMPTS = 5;

/** The connections of one socket, which follow a list of addresses. */
export class Connections implements ConnectionEvents {
  readonly socket: Socket;
  private readonly connections = new Map<string, Connection>();

  /**
   * @param create makes the socket, which is watched from the start, so that no event is missed
   * @throws what `create` throws; {@link RemoteCallError} `INTERNAL` when libzmq cannot watch a socket
   */
  constructor(
    create: () => Socket,
    private readonly timing: ConnectionTiming,
    private readonly listener: ConnectionListener,
  ) {
    this.socket = createWatched(create, this);
  }

  /**
   * Connects to addresses that are new, and disconnects from those that are gone.
   *
   * @throws {RemoteCallError} `INVALID_ARGUMENT` naming the first address that libzmq cannot use; it
   *   connects to the others
   */
  follow(addresses: readonly Address[]): void {
    const problems: unknown[] = [];
    const texts = new Set(addresses.map(({ text }) => text));
    for (const [text, connection] of this.connections) {
      if (!texts.has(text)) {
        this.connections.delete(text);
        connection.disconnect();
      }
    }
    for (const address of addresses) {
      if (!this.connections.has(address.text)) {
        const connection = new Connection(this.socket, address, this.timing, this.listener);
        this.connections.set(address.text, connection);
        try {
          connection.open();
        } catch (problem) {
          this.connections.delete(address.text);
          connection.close();
          problems.push(problem);
        }
      }
    }
    if (problems.length > 0) {
      throw problems[0];
    }
  }

  /** Ends the attempts. The socket is closed by its owner. */
  close(): void {
    this.connections.forEach((connection) => connection.close());
  }

  established(address: string): void {
    this.connections.get(address)?.established();
  }

  refused(address: string, reason: string, isRefusal: boolean): void {
    this.connections.get(address)?.refused(reason, isRefusal);
  }

  ended(address: string): void {
    this.connections.get(address)?.ended();
  }
}

function createWatched(create: () => Socket, events: ConnectionEvents): Socket {
  for (let attempt = 1; ; attempt++) {
    const socket = create();
    try {
      monitorConnections(socket, events);
      return socket;
    } catch (cause) {
      socket.close();
      if (attempt === MONITOR_ATTEMPTS) {
        throw new RemoteCallError('cannot watch the socket', {}, { code: 'INTERNAL', cause });
      }
    }
  }
}
