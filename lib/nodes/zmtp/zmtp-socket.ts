import type { Socket } from 'node:net';
import type { RemoteCallError } from '../../errors/remote-call.error.js';
import type { Address } from '../address.js';
import type { BackOffLimits } from '../back-off.js';
import { QuietErrors } from '../quiet-errors.js';
import type { AuthenticatedPeer, CurveServerSecurity } from '../security.js';
import type { Batch } from '../sending/packing.js';
import { Authorization } from './authorization.js';
import { loadError, strangerError, undecidedError } from './connection-errors.js';
import { Connection, type ConnectionOwner, type ConnectionSettings } from './connection.js';
import type { Connector } from './connector.js';
import { Connectors, type ConnectorsListener } from './connectors.js';
import type { MechanismKind } from './core/mechanism.js';
import { AuthenticationError, ProtocolError } from './core/protocol-error.js';
import type { ReadLimits } from './core/read-budget.js';
import { Session } from './core/session.js';
import type { CandidateEvent } from './core/session-event.js';
import type { SocketType } from './core/socket-type.js';
import type { Subscription } from './core/subscription.js';
import { IdentityOwners } from './identity-owners.js';
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
  /** An attempt to connect to an address has failed, by its refusal or otherwise. Another one follows. */
  unreachable(address: string, refusal?: RemoteCallError): void;
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
  /** Who may come in, where the mechanism has them proven. */
  readonly authority: CurveServerSecurity | undefined;
  /** DEALER: whether it greets its peers. */
  readonly isProbing: boolean;
}

/**
 * What a socket does. Only the socket itself changes it.
 *
 * ```text
 *        start(), mechanism loaded         close()
 *   new ───────────────────────────▶ begun ───────▶ closed
 *    └─────────────────── close() ──────────────────▲
 * ```
 *
 * - `new`: what comes waits, and nothing is connected to.
 */
type State = 'new' | 'begun' | 'closed';

/**
 * A socket of ZeroMQ on `node:net`: DEALER, ROUTER, PUB or SUB, with any number of addresses that it
 * listens on and connects to.
 */
export class ZmtpSocket implements ConnectionOwner, ConnectorsListener, AcceptListener {
  /** The address that was bound last, as zeromq.js has it. */
  lastEndpoint: string | null = null;

  private state: State = 'new';
  private targets: readonly Address[] = [];
  private readonly pattern: Pattern;
  private readonly listeners: Listeners;
  private readonly connectors: Connectors;
  /** All connections, with their connectors where this side has made them. */
  private readonly connections = new Map<Connection, Connector | undefined>();
  private readonly authorization: Authorization | undefined;
  private readonly errors: QuietErrors;
  /** Those that the pattern uses. */
  private readonly peers = new Set<Connection>();
  private readonly unfinished: UnfinishedMessages<Connection>;

  constructor(
    private readonly type: SocketType,
    private readonly identity: Uint8Array,
    private readonly settings: SocketSettings,
    private readonly listener: ZmtpSocketListener,
    owners = new IdentityOwners(),
  ) {
    this.pattern = createPattern(type, listener, settings.isProbing);
    this.listeners = new Listeners(settings, this);
    this.connectors = new Connectors(settings.backOff, this);
    this.errors = new QuietErrors((error) => listener.error(error));
    this.authorization =
      settings.authority &&
      new Authorization(settings.authority, owners, ({ remoteAddress }, reason) =>
        this.errors.add(undecidedError(remoteAddress, reason)),
      );
    this.unfinished = new UnfinishedMessages(settings.maxUnfinished, (connection) => {
      this.dropped(
        'unfinished message, for all of them are over their limit',
        () => connection.name,
      );
      connection.end(new Error('the unfinished messages are over the limit'));
    });
  }

  get closed(): boolean {
    return this.state === 'closed';
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

  /** Delivers what comes, and connects to addresses, once the mechanism is loaded. */
  start(addresses: readonly Address[]): void {
    this.targets = addresses;
    const loading = this.settings.mechanism.load?.();
    if (loading) {
      loading.then(this.begin, (cause: unknown) => this.error(loadError(cause)));
    } else {
      this.begin();
    }
  }

  /** Connects to addresses that are new, and disconnects from those that are gone. */
  follow(addresses: readonly Address[]): void {
    this.targets = addresses;
    if (this.state === 'begun') {
      this.connectors.follow(addresses);
    }
  }

  /** ROUTER: who the peer has proven to be that has an identity now. */
  peerOf(identity: Buffer): AuthenticatedPeer | undefined {
    return this.pattern.peerOf?.(identity);
  }

  send(batch: Batch): Sent {
    return this.pattern.send(batch);
  }

  /** SUB: asks for topics, or takes that back. */
  subscribe(subscription: Subscription): void {
    this.pattern.subscribe?.(subscription);
  }

  /** Frees the addresses, and keeps the connections. */
  stopListening(): void {
    this.listeners.close();
  }

  /** Frees the addresses at once; what was sent has some time to leave. */
  close(): void {
    this.state = 'closed';
    this.listeners.close();
    this.connectors.close();
    this.authorization?.close();
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
        this.authorization?.forget(connection);
        this.unfinished.hold(connection, 0);
        if (this.peers.delete(connection)) {
          this.pattern.forget(connection);
        }
        connection.close();
      }
    }
  }

  dropped(reason: string, detail: () => string): void {
    this.listener.dropped(reason, detail);
  }

  failed(address: string, refusal?: RemoteCallError): void {
    this.listener.unreachable(address, refusal);
  }

  error(error: RemoteCallError): void {
    this.listener.error(error);
  }

  candidate(connection: Connection, candidate: CandidateEvent): void {
    this.authorization?.decide(connection, candidate);
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
    this.authorization?.forget(connection);
    if (connector) {
      connector.ended(error);
    } else {
      this.report(connection, error);
    }
    if (this.peers.delete(connection)) {
      this.pattern.forget(connection);
      const isBroken = error instanceof ProtocolError;
      this.listener.down(isBroken ? error.message : 'the connection was lost');
    }
  }

  private readonly begin = (): void => {
    if (this.state === 'new') {
      this.state = 'begun';
      this.listeners.open();
      this.connectors.follow(this.targets);
    }
  };

  /** Tells of a connection that came and had to be ended. */
  private report(connection: Connection, error: Error | undefined): void {
    const detail = (): string => `${connection.name}: ${error?.message}`;
    if (error instanceof AuthenticationError) {
      this.errors.add(strangerError(connection.remoteAddress, error));
      this.dropped('connection that is not let in', detail);
    } else if (error instanceof ProtocolError) {
      this.dropped('connection that breaks ZMTP', detail);
    }
  }

  private open(socket: Socket, connector?: Connector): void {
    const { type, identity, settings } = this;
    const { mechanism, readLimits } = settings;
    const session = new Session({ type, identity, mechanism, limits: readLimits });
    this.connections.set(new Connection(socket, session, settings, this), connector);
  }
}
