import { AsyncResource } from 'node:async_hooks';
import { ServerRegistration } from '../discovery/server-registration.js';
import type { RemoteCallError } from '../errors/remote-call.error.js';
import { Lifecycle } from '../nodes/lifecycle.js';
import type { CallObserver } from '../observe/call-observer.js';
import { DropCounter, type DropReport } from '../observe/drop-counter.js';
import type { CallDispatcher } from './calls/call-dispatcher.js';
import { CallIssuer } from './calls/call-issuer.js';
import { closed } from './calls/local-errors.js';
import { PendingCalls, type PendingCallsOwner } from './calls/pending-calls.js';
import type { ResolvedClientOptions } from './client-options.js';
import { ConnectWait } from './links/connect-wait.js';
import type { Link } from './links/link.js';
import { LinkPool, type LinkPoolOwner } from './links/link-pool.js';
import type { LinkSnapshot } from './links/link-snapshot.js';
import type { ServersChange } from './links/servers-change.js';

/** How long events may take to leave when the client closes, in milliseconds. */
const CLOSE_FLUSH = 1000;

/** Gets what happens to a {@link ClientEndpoint} outside of its calls. */
export interface ClientEndpointListener {
  connected(name: string): void;
  disconnected(name: string, reason: string): void;
  failed(error: RemoteCallError): void;
  /** Whoever runs the client should know this. */
  warned(warning: string): void;
  dropped(report: DropReport): void;
  serversChanged(change: ServersChange): void;
}

/**
 * How long links stay open. Whether they are open now, the life cycle says.
 *
 * ```text
 *              up()                 close()
 *   unused ─────────▶ connected ─────────────▶ closed
 *     │ ▲                                       ▲ │
 *     │ └───────────── connect() ───────────────┼─┘
 *     └─────────────── close() ─────────────────┘
 * ```
 *
 * - `unused`: no link was up yet. Links close when no call and no `connect` needs them.
 * - `connected`: a link was up. Links stay open, and are restored, until `close`.
 * - `closed`: a late call opens links, which close when no call needs them, also after they were up.
 */
type State = 'unused' | 'connected' | 'closed';

/**
 * The calling side of the protocol: opens links when a call or `connect` needs them, and closes
 * them.
 *
 * Mirrors `Client` of the Python original.
 */
export class ClientEndpoint implements PendingCallsOwner, LinkPoolOwner {
  /** Makes calls, which open the links. */
  readonly calls: CallIssuer;
  private state: State = 'unused';
  private readonly life = new Lifecycle(closed);
  /** The async context of the links, which a call may open that they outlive. */
  private readonly context = new AsyncResource('RemoteClient');
  private readonly links: LinkPool;
  private readonly pending: PendingCalls;
  private readonly dispatcher: CallDispatcher;
  private readonly drops: DropCounter;
  private connectWait: ConnectWait | undefined;
  private readonly registration: ServerRegistration;

  /** @throws {RemoteCallError} `INVALID_ARGUMENT` for an address or an option that cannot work */
  constructor(
    private readonly options: ResolvedClientOptions,
    private readonly listener: ClientEndpointListener,
    private readonly observer: CallObserver,
  ) {
    this.drops = new DropCounter((report) => listener.dropped(report), options.reportInterval);
    this.links = new LinkPool(options, this);
    this.pending = new PendingCalls(options, this.links, this.drops, observer, this);
    this.dispatcher = this.pending.dispatcher;
    this.calls = new CallIssuer(options, this.pending);
    this.registration = new ServerRegistration(
      options.register,
      (error) => listener.failed(error),
      (warning) => listener.warned(warning),
    );
  }

  /** Whether a link is up. */
  get isUp(): boolean {
    return this.links.isUp;
  }

  get isClosing(): boolean {
    const { state } = this.life;
    return state === 'closing' || state === 'waiting';
  }

  /** The sockets of the links, empty when there are none. */
  get sockets(): readonly unknown[] {
    return this.links.sockets;
  }

  /** What each link is like in this moment. */
  get snapshots(): readonly LinkSnapshot[] {
    return this.links.snapshots;
  }

  /** How much was dropped, by reason. */
  get dropCounts(): ReadonlyMap<string, number> {
    return this.drops.counts;
  }

  /**
   * Resolves with the first link that is up.
   *
   * @throws {RemoteCallError} `UNAVAILABLE` after the timeout, `CANCELLED` by `close`
   */
  async connect(): Promise<void> {
    const isUp = this.isUp && !this.isClosing;
    if (this.state === 'closed') {
      this.state = isUp ? 'connected' : 'unused';
    }
    if (!isUp) {
      // Kept, because opening may end the wait at once: PUB and inproc are up as soon as they are open.
      const wait = (this.connectWait ??= this.awaitConnection());
      this.open();
      await wait.promise;
    }
  }

  /** Ends everything and closes the links; the endpoint can be used again. */
  close(): Promise<void> {
    const { isClosing } = this;
    this.state = 'closed';
    const ended = this.life.close(() => this.stop());
    if (isClosing) {
      this.endAll(closed()); // The calls since the earlier `close`.
    }
    return ended;
  }

  started(): void {
    if (this.life.state !== 'open') {
      this.open();
    }
  }

  settled(): void {
    if (this.state !== 'connected') {
      this.closeUnused();
    }
  }

  up(link: Link): void {
    this.observer.linkUp(link.name);
    this.listener.connected(link.name);
    if (!this.isClosing) {
      this.register(link);
      if (this.state === 'unused') {
        this.state = 'connected';
      }
      this.connectWait?.resolve();
      this.dispatcher.up();
    }
  }

  down(link: Link, reason: string): void {
    this.dispatcher.down(link, reason);
    this.observer.linkDown(link.name, reason);
    this.listener.disconnected(link.name, reason);
  }

  retired(link: Link): void {
    this.dispatcher.empty(link);
  }

  message(link: Link, address: Buffer, frames: Buffer[]): number {
    return this.pending.message(link, address, frames);
  }

  failed(error: RemoteCallError): void {
    this.listener.failed(error);
  }

  dropped(reason: string, detail?: () => string): void {
    this.drops.add(reason, detail);
  }

  cannotOpen(error: RemoteCallError): void {
    if (this.isClosing) {
      this.listener.failed(error);
      return; // What waits is for the links of the next opening.
    }
    // Closed first: what is called meanwhile opens links again.
    this.closeLinks();
    this.listener.failed(error);
    this.connectWait?.reject(error);
    this.dispatcher.failUnsent(error);
  }

  refused(error: RemoteCallError): void {
    this.connectWait?.reject(error);
    this.dispatcher.failUnsent(error);
  }

  unreachable(): void {
    this.dispatcher.giveUp();
  }

  serversChanged(change: ServersChange): void {
    this.listener.serversChanged(change);
  }

  /** Opens the links: now, or when they have been closed. */
  private open(): void {
    const opened = this.life.open(() => this.context.runInAsyncScope(() => this.links.open()));
    // What waited may have ended by then. Only `close` overtakes it, which ends all that waits.
    opened.then(
      () => this.closeUnused(),
      () => undefined,
    );
  }

  /** PUB that binds: lets subscribers find it. */
  private register({ boundAddresses }: Link): void {
    try {
      this.registration.begin(boundAddresses);
    } catch (error) {
      this.listener.failed(error as RemoteCallError);
    }
  }

  private awaitConnection(): ConnectWait {
    return new ConnectWait(this.options.timeout, this.links, () => {
      this.connectWait = undefined;
      this.closeUnused();
    });
  }

  /** Closes the links where nothing needs them and nothing keeps them. */
  private closeUnused(): void {
    const isUsed = this.pending.size > 0 || this.connectWait !== undefined;
    if (this.state !== 'connected' && !isUsed && this.life.state === 'open') {
      this.closeLinks();
    }
  }

  private closeLinks(): void {
    void this.life.close(() => {
      void this.registration.end();
      this.links.close();
      this.pending.stop();
    });
  }

  private async stop(): Promise<void> {
    const error = closed();
    this.endAll(error);
    await this.registration.end();
    await this.links.flush(CLOSE_FLUSH);
    this.pending.failQueued(error);
    this.links.close();
    this.pending.stop();
  }

  private endAll(error: RemoteCallError): void {
    this.connectWait?.reject(error);
    this.pending.failAll(error);
  }
}
