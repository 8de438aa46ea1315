import { type Server, type Socket, createServer } from 'node:net';
import type { Address } from '../address.js';
import { bindError } from '../bind-error.js';
import type { Batch } from '../sending/packing.js';
import { Admission } from './admission.js';
import { Connection, type ConnectionOwner } from './connection.js';
import { Connector } from './connector.js';
import { ProtocolError } from './core/protocol-error.js';
import { Session } from './core/session.js';
import type { SocketType } from './core/socket-type.js';
import type { Subscription } from './core/subscription.js';
import { SOCKET_OPTIONS, listenOn } from './endpoint.js';
import { createPattern } from './patterns/create-pattern.js';
import type { Pattern, PatternOwner, Sent } from './patterns/pattern.js';
import type { ZmtpSettings } from './zmtp-options.js';

/** What a {@link ZmtpSocket} tells. */
export interface ZmtpSocketListener extends PatternOwner {
  /** The handshake with a peer is done. */
  up(): void;
  /** That was with an address that it connects to. */
  reached(address: string): void;
  /** An attempt to connect to an address has failed. Another one follows. */
  unreachable(address: string): void;
  /** A peer is lost with which it was done. */
  down(reason: string): void;
  /** The handshake with an address that it connects to has failed. It tries again. */
  refused(address: string, error: ProtocolError): void;
  /** A peer takes messages again: the one of a ROUTER that has this identity, or any. */
  writable(identity: Buffer): void;
  /** A connection cannot be accepted. */
  failed(error: Error): void;
}

/**
 * A socket of ZeroMQ on `node:net`: DEALER, ROUTER, PUB or SUB, with any number of addresses that it
 * listens on and connects to. Until {@link start} it holds messages back.
 */
export class ZmtpSocket implements ConnectionOwner {
  isHeld = true;

  /** The address that was bound last, as zeromq.js has it. */
  lastEndpoint: string | null = null;

  private isClosed = false;
  private readonly pattern: Pattern;
  private readonly admission: Admission;
  private readonly servers: Server[] = [];
  private readonly connectors: Connector[] = [];
  /** All connections, with their connectors where this side has made them. */
  private readonly connections = new Map<Connection, Connector | undefined>();
  /** Those that the pattern uses. */
  private readonly peers = new Set<Connection>();

  constructor(
    private readonly type: SocketType,
    private readonly identity: Uint8Array,
    private readonly settings: ZmtpSettings,
    private readonly listener: ZmtpSocketListener,
  ) {
    this.pattern = createPattern(type, listener, settings.isProbing);
    this.admission = new Admission(settings);
  }

  get closed(): boolean {
    return this.isClosed;
  }

  /**
   * Listens on an address.
   *
   * @returns the address, with the port that the system chose
   * @throws {RemoteCallError} `UNAVAILABLE` naming the address that cannot be bound
   */
  async bind(address: Address): Promise<string> {
    const server = createServer(SOCKET_OPTIONS, (socket) => this.accept(socket));
    this.servers.push(server);
    try {
      this.lastEndpoint = await listenOn(server, address, this.settings.backlog);
      server.on('error', (error) => this.listener.failed(error));
      return this.lastEndpoint;
    } catch (cause) {
      throw bindError(address.text, cause);
    } finally {
      if (this.isClosed) {
        server.close();
      }
    }
  }

  /** Delivers what comes, and connects to addresses, for as long as it is not closed. */
  start(addresses: readonly Address[]): void {
    this.release();
    for (const address of addresses) {
      const connector = new Connector(address, this.settings, (socket) =>
        this.open(socket, connector),
      );
      this.connectors.push(connector);
      connector.start();
    }
  }

  /** Holds messages back, and with them their senders. */
  hold(): void {
    this.isHeld = true;
  }

  release(): void {
    if (this.isHeld) {
      this.isHeld = false;
      this.connections.forEach((_, connection) => connection.resume());
    }
  }

  send(batch: Batch): Sent {
    return this.pattern.send(batch);
  }

  /** SUB: asks for topics, or takes that back. */
  subscribe(subscription: Subscription): void {
    this.pattern.subscribe?.(subscription);
  }

  /** Frees the addresses at once; what was sent has some time to leave. */
  close(): void {
    this.isClosed = true;
    this.servers.forEach((server) => server.close());
    this.connectors.forEach((connector) => connector.stop());
    this.connections.forEach((_, connection) => connection.close());
    this.connections.clear();
  }

  ready(connection: Connection): void {
    const connector = this.connections.get(connection);
    connector?.succeeded();
    this.peers.add(connection);
    this.pattern.admit(connection);
    if (connector) {
      this.listener.reached(connector.address.text);
    }
    this.listener.up();
    this.writable(connection);
  }

  message(connection: Connection, frames: Buffer[]): number {
    return this.pattern.receive(connection, frames);
  }

  subscription(connection: Connection, subscription: Subscription): void {
    this.pattern.subscription?.(connection, subscription);
  }

  writable({ identity }: Connection): void {
    this.listener.writable(identity);
  }

  lost(connection: Connection, error: Error | undefined): void {
    const connector = this.connections.get(connection);
    this.connections.delete(connection);
    const isBroken = error instanceof ProtocolError;
    const wasPeer = this.peers.delete(connection);
    if (isBroken && !connector) {
      this.listener.dropped('connection that breaks ZMTP');
    } else if (isBroken && connector && !wasPeer) {
      this.listener.refused(connector.address.text, error);
    }
    if (!this.isClosed) {
      connector?.lost(isBroken);
    }
    if (connector && !wasPeer) {
      this.listener.unreachable(connector.address.text);
    }
    if (wasPeer) {
      this.pattern.forget(connection);
      this.listener.down(isBroken ? error.message : 'the connection was lost');
    }
  }

  private accept(socket: Socket): void {
    const { remoteAddress } = socket;
    if (this.isClosed || !this.admission.enter(remoteAddress)) {
      socket.destroy();
      this.listener.dropped('connection over the limit');
      return;
    }
    socket.once('close', () => this.admission.leave(remoteAddress));
    this.open(socket);
  }

  private open(socket: Socket, connector?: Connector): void {
    const { type, identity, settings } = this;
    const { mechanism, readLimits } = settings;
    const session = new Session({ type, identity, mechanism, limits: readLimits });
    this.connections.set(new Connection(socket, session, settings, this), connector);
  }
}
