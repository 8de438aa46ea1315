import type { VirtualTime } from '../time/virtual-time.js';
import type { SeededRandom } from '../time/seeded-random.js';

/** One way within a zone and between two, in milliseconds; each pair of hosts has up to `spread` more. */
const LATENCY = { within: 0.25, between: 0.75, spread: 0.1 };

/** How many ways it takes until a connection is there: TCP, then the greeting and the handshake of ZMTP. */
const WAYS_TO_CONNECT = 5;

const ORDERED = { capabilities: { ordered: true } } as const;

/** What listens at an address. */
export interface Host {
  readonly zone: string;
  /**
   * - `listening`: it takes connections.
   * - `refusing`: its machine says at once that nobody listens there.
   * - `silent`: nothing comes back from its machine.
   */
  readonly reachability: 'listening' | 'refusing' | 'silent';
  /** There is a connection. */
  connected(connection: HostEnd): void;
  /** Bytes came in by a connection. */
  received(connection: HostEnd, payload: Buffer): void;
  /** The other side has ended a connection. */
  disconnected(connection: HostEnd): void;
}

/** The end of a connection that a host has. */
export interface HostEnd {
  /** What the caller was told last of the load of the host, in hundredths. */
  toldLoad: number;
  readonly node: { readonly capabilities: { readonly ordered: true } };
  send(payload: Buffer): void;
  /** Ends the connection. The other side hears of it, as of a process that has ended. */
  close(): void;
}

/** The side that connects. */
export interface Caller {
  connected(): void;
  received(payload: Buffer): void;
  /** The connection is lost. */
  lost(reason: string): void;
  /** An attempt has failed because nobody listens there. */
  refused(): void;
}

/** What hosts there are, and how long it takes from one to another. What is sent arrives, in order. */
export class Network {
  private readonly hosts = new Map<string, Host>();

  constructor(
    private readonly time: VirtualTime,
    private readonly random: SeededRandom,
  ) {}

  listen(address: string, host: Host): void {
    this.hosts.set(address, host);
  }

  /**
   * Connects to an address. Where its machine is silent, the caller never hears of it.
   *
   * @param zone that of the caller
   */
  connect(address: string, zone: string, caller: Caller): Connection {
    const host = this.hosts.get(address) as Host;
    const way = host.zone === zone ? LATENCY.within : LATENCY.between;
    const latency = way + LATENCY.spread * this.random.next();
    return new Connection(this.time, latency, host, caller, WAYS_TO_CONNECT * latency);
  }
}

/**
 * The state of a connection. Only the connection itself changes it.
 *
 * ```text
 *   connecting ──▶ open ──▶ closed
 *       └───────────────────▲
 * ```
 */
type ConnectionState = 'connecting' | 'open' | 'closed';

/** A connection of a caller and a host, or an attempt at one. */
export class Connection implements HostEnd {
  toldLoad = 0;
  readonly node = ORDERED;
  private state: ConnectionState = 'connecting';

  /**
   * @param latency milliseconds of one way
   * @param handshake milliseconds until it is open
   */
  constructor(
    private readonly time: VirtualTime,
    private readonly latency: number,
    private readonly host: Host,
    private readonly caller: Caller,
    handshake: number,
  ) {
    time.after(handshake, () => this.attempted());
  }

  /** From the caller to the host. */
  post(payload: Buffer): void {
    this.time.after(this.latency, () => {
      if (this.state === 'open' && this.host.reachability !== 'silent') {
        this.host.received(this, payload);
      }
    });
  }

  /** From the host to the caller. */
  send(payload: Buffer): void {
    this.time.after(this.latency, () => {
      if (this.state === 'open') {
        this.caller.received(payload);
      }
    });
  }

  /** The host ends it. What it has sent before arrives. */
  close(): void {
    this.time.after(this.latency, () => this.lose('the server hangs up'));
  }

  /** The caller ends it. */
  hangUp(): void {
    const { state, host } = this;
    this.state = 'closed';
    if (state === 'open' && host.reachability !== 'silent') {
      this.time.after(this.latency, () => host.disconnected(this));
    }
  }

  private attempted(): void {
    const { reachability } = this.host;
    if (this.state === 'closed' || reachability === 'silent') {
      return;
    }
    if (reachability === 'refusing') {
      this.state = 'closed';
      this.caller.refused();
      return;
    }
    this.state = 'open';
    this.caller.connected();
    this.host.connected(this);
  }

  private lose(reason: string): void {
    if (this.state === 'open') {
      this.state = 'closed';
      this.caller.lost(reason);
    }
  }
}
