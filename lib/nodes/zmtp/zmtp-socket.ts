import type { Socket } from 'node:net';
import type { RemoteCallError } from '../../errors/remote-call.error.js';
import type { Address } from '../address.js';
import type { BackOffLimits } from '../back-off.js';
import type { Batch } from '../sending/packing.js';
import { Connection, type ConnectionOwner, type ConnectionSettings } from './connection.js';
import type { Connector } from './connector.js';
import { Connectors, type ConnectorsListener } from './connectors.js';
import type { ReadLimits } from './core/frame-reader.js';
import type { MechanismKind } from './core/mechanism.js';
import { ProtocolError } from './core/protocol-error.js';
import { Session } from './core/session.js';
import type { SocketType } from './core/socket-type.js';
import type { Subscription } from './core/subscription.js';
import { type AcceptListener, type ListenSettings, Listeners } from './listeners.js';
import { createPattern } from './patterns/create-pattern.js';
import type { Pattern, PatternOwner, Sent } from './patterns/pattern.js';
import { UnfinishedMessages } from './unfinished-messages.js';

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
  /** A handshake with an address that it connects to has failed, or nothing can be accepted. */
  error(error: RemoteCallError): void;
  /** A peer takes messages again: the one of a ROUTER that has this identity, or any. */
  writable(identity: Buffer): void;
}

/** Settings of a {@link ZmtpSocket}. */
export interface SocketSettings extends ConnectionSettings, ListenSettings {
  /** How attempts to connect slow down. */
  readonly backOff: BackOffLimits;
  readonly readLimits: ReadLimits;
  /** How many bytes of unfinished messages all connections may hold together. */
  readonly maxUnfinished: number;
  readonly mechanism: MechanismKind;
  /** DEALER: whether it greets its peers. */
  readonly isProbing: boolean;
}

/**
 * A socket of ZeroMQ on `node:net`: DEALER, ROUTER, PUB or SUB, with any number of addresses that it
 * listens on and connects to.
 */
export class ZmtpSocket implements ConnectionOwner, ConnectorsListener, AcceptListener {
  /** The address that was bound last, as zeromq.js has it. */
  lastEndpoint: string | null = null;

  private isClosed = false;
  private readonly pattern: Pattern;
  private readonly listeners: Listeners;
  private readonly connectors: Connectors;
  /** All connections, with their connectors where this side has made them. */
  private readonly connections = new Map<Connection, Connector | undefined>();
  /** Those that the pattern uses. */
  private readonly peers = new Set<Connection>();
  private readonly unfinished: UnfinishedMessages<Connection>;

  constructor(
    private readonly type: SocketType,
    private readonly identity: Uint8Array,
    private readonly settings: SocketSettings,
    private readonly listener: ZmtpSocketListener,
  ) {
    this.pattern = createPattern(type, listener, settings.isProbing);
    this.listeners = new Listeners(settings, this);
    this.connectors = new Connectors(settings.backOff, this);
    this.unfinished = new UnfinishedMessages(settings.maxUnfinished, (connection) => {
      this.dropped('unfinished message, for all of them are over their limit');
      connection.end(new Error('the unfinished messages are over the limit'));
    });
  }

  get closed(): boolean {
    return this.isClosed;
  }

  /**
   * Listens on an address, which has no name to look up. What comes waits for {@link start}.
   *
   * @returns the address, with the port that the system chose
   * @throws {RemoteCallError} `UNAVAILABLE` naming the address that cannot be bound
   */
  async bind(address: Address): Promise<string> {
    this.lastEndpoint = await this.listeners.bind(address);
    return this.lastEndpoint;
  }

  /** Delivers what comes, and connects to addresses. */
  start(addresses: readonly Address[]): void {
    this.listeners.open();
    this.follow(addresses);
  }

  /** Connects to addresses that are new, and disconnects from those that are gone. */
  follow(addresses: readonly Address[]): void {
    this.connectors.follow(addresses);
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
    this.listeners.close();
    this.connectors.close();
    this.connections.forEach((_, connection) => connection.close());
    this.connections.clear();
  }

  accepted(socket: Socket): void {
    this.open(socket);
  }

  connecting(socket: Socket, connector: Connector): void {
    this.open(socket, connector);
  }

  unwanted(connector: Connector): void {
    for (const [connection, itsConnector] of this.connections) {
      if (itsConnector === connector) {
        this.connections.delete(connection);
        this.unfinished.hold(connection, 0);
        if (this.peers.delete(connection)) {
          this.pattern.forget(connection);
        }
        connection.close();
      }
    }
  }

  dropped(reason: string): void {
    this.listener.dropped(reason);
  }

  failed(address: string): void {
    this.listener.unreachable(address);
  }

  error(error: RemoteCallError): void {
    this.listener.error(error);
  }

  ready(connection: Connection): void {
    const connector = this.connections.get(connection);
    connector?.established();
    this.listeners.established(connection.socket);
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

  holds(connection: Connection, bytes: number): void {
    this.unfinished.hold(connection, bytes);
  }

  subscription(connection: Connection, subscription: Subscription): void {
    this.pattern.subscription?.(connection, subscription);
  }

  writable({ identity }: Connection): void {
    this.listener.writable(identity);
  }

  lost(connection: Connection, error: Error | undefined): void {
    this.unfinished.hold(connection, 0);
    const connector = this.connections.get(connection);
    this.connections.delete(connection);
    const isBroken = error instanceof ProtocolError;
    if (connector) {
      connector.ended(error);
    } else if (isBroken) {
      this.dropped('connection that breaks ZMTP');
    }
    if (this.peers.delete(connection)) {
      this.pattern.forget(connection);
      this.listener.down(isBroken ? error.message : 'the connection was lost');
    }
  }

  private open(socket: Socket, connector?: Connector): void {
    const { type, identity, settings } = this;
    const { mechanism, readLimits } = settings;
    const session = new Session({ type, identity, mechanism, limits: readLimits });
    this.connections.set(new Connection(socket, session, settings, this), connector);
  }
}
