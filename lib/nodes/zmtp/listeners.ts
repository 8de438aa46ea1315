import { type Server, type Socket, createServer } from 'node:net';
import type { RemoteCallError } from '../../errors/remote-call.error.js';
import type { Address } from '../address.js';
import { bindError } from '../bind-error.js';
import { QuietErrors } from '../quiet-errors.js';
import { Admission, type AdmissionLimits } from './admission.js';
import { acceptError, placeOf } from './connection-errors.js';
import { SOCKET_OPTIONS, listenOn } from './endpoint.js';

/** Settings of {@link Listeners}. */
export interface ListenSettings extends AdmissionLimits {
  /** How many connections may wait to be accepted. */
  readonly backlog: number;
}

/** Receives what happens to {@link Listeners}. */
export interface AcceptListener {
  /** A connection has come. */
  accepted(socket: Socket): void;
  /** A connection had to be dropped. */
  dropped(reason: string, detail: () => string): void;
  /** A connection cannot be accepted; at a limited rate. */
  error(error: RemoteCallError): void;
}

/**
 * What the listeners of a socket do with a connection that comes: before `open` it waits, and nothing
 * of it is read; then it is accepted; in the end it is refused.
 */
type State = 'binding' | 'open' | 'closed';

/** Listens on any number of addresses. */
export class Listeners {
  private state: State = 'binding';
  private readonly servers: Server[] = [];
  private readonly waiting: Socket[] = [];
  private readonly admission: Admission<Socket>;
  private readonly errors: QuietErrors;

  constructor(
    private readonly settings: ListenSettings,
    private readonly listener: AcceptListener,
  ) {
    this.admission = new Admission(settings, (socket) =>
      this.turnAway(socket, 'handshake that gives way to a newer connection'),
    );
    this.errors = new QuietErrors((error) => listener.error(error));
  }

  /**
   * Listens on an address, which has no name to look up.
   *
   * @returns the address, with the port that the system chose
   * @throws {RemoteCallError} `UNAVAILABLE` naming the address that cannot be bound
   */
  async bind(address: Address): Promise<string> {
    const options = { ...SOCKET_OPTIONS, pauseOnConnect: true };
    const server = createServer(options, (socket) => this.admit(socket));
    this.servers.push(server);
    try {
      const endpoint = await listenOn(server, address, this.settings.backlog);
      server.on('error', (error) => this.errors.add(acceptError(error)));
      return endpoint;
    } catch (cause) {
      throw bindError(address.text, cause);
    } finally {
      if (this.state === 'closed') {
        server.close();
      }
    }
  }

  /** Accepts what comes, and what has come. */
  open(): void {
    this.state = 'open';
    for (const socket of this.waiting.splice(0)) {
      // One that has given way meanwhile is closed, and would never say so again.
      if (!socket.destroyed) {
        this.accept(socket);
      }
    }
  }

  /** Frees the addresses. */
  close(): void {
    this.state = 'closed';
    this.servers.forEach((server) => server.close());
    this.waiting.splice(0).forEach((socket) => socket.destroy());
  }

  /** The handshake with a peer is done. */
  established(socket: Socket): void {
    this.admission.established(socket);
  }

  private admit(socket: Socket): void {
    if (this.state === 'closed' || !this.admission.enter(socket, socket.remoteAddress)) {
      this.turnAway(socket, 'connection over the limit');
      return;
    }
    socket.once('close', () => this.admission.leave(socket));
    if (this.state === 'open') {
      this.accept(socket);
    } else {
      this.waiting.push(socket);
    }
  }

  private turnAway(socket: Socket, reason: string): void {
    const place = placeOf(socket.remoteAddress ?? '');
    socket.destroy();
    this.listener.dropped(reason, () => place);
  }

  private accept(socket: Socket): void {
    this.listener.accepted(socket);
    socket.resume();
  }
}
