import { ServerRegistration } from '../discovery/server-registration.js';
import { RemoteCallError } from '../errors/remote-call.error.js';
import { DropCounter, describeDrop } from '../observe/drop-counter.js';
import { createNode } from '../nodes/create-node.js';
import { exposureWarnings } from '../nodes/exposure.js';
import { Lifecycle } from '../nodes/lifecycle.js';
import type { Node } from '../nodes/node.js';
import { readingTime } from '../nodes/reading-time.js';
import { Route } from '../nodes/route.js';
import { SingleMessage } from '../nodes/sending/single-message.js';
import { LINK_GOODBYE, isLinkGoodbye } from '../protocol/link-goodbye.js';
import { DIRECT, UNREACHABLE } from '../protocol/wire-constants.js';
import { isOwnClient, renderIdentity } from '../protocol/identity.js';
import { LeavingPeers } from './leaving-peers.js';
import {
  type ResolvedRouterOptions,
  type RouterLogger,
  type RouterOptions,
  resolveRouterOptions,
} from './router-options.js';

/** After how many milliseconds without a message a router that leaves closes. */
const QUIET = 250;

/** What a router has done since it was made. */
export interface RouterCounts {
  /** Messages passed on, by the side that they arrived at. */
  forwarded: { frontend: number; backend: number };
  /** Undeliverable messages that went back to their sender. */
  bounced: number;
  /** Dropped messages, by reason. */
  dropped: ReadonlyMap<string, number>;
}

/** One of the two sockets of a router. */
interface Side {
  name: 'frontend' | 'backend';
  node: Node;
  registration: ServerRegistration;
  /** Whom nothing more is passed on to. */
  leaving: LeavingPeers;
}

/**
 * Passes messages between clients and services that know each other by their ZeroMQ identities.
 *
 * It is stateless and symmetric, and never looks into payloads. What cannot be delivered goes back
 * to clients of this package, whose calls then fail at once; from all others it is dropped and
 * counted, and their calls time out. A peer that takes nothing never holds up the others.
 *
 * Mirrors `Router` of the Python original.
 */
export class Router {
  private readonly options: ResolvedRouterOptions;
  private readonly frontend: Side;
  private readonly backend: Side;
  private readonly drops: DropCounter;
  private readonly logger: RouterLogger | undefined;
  private readonly forwarded = { frontend: 0, backend: 0 };
  private readonly lifecycle = new Lifecycle(closedError);
  private bounced = 0;

  /** @throws {RemoteCallError} `INVALID_ARGUMENT` naming the option, its value and the remedy */
  constructor(options: RouterOptions) {
    this.options = resolveRouterOptions(options);
    const { frontend, backend, engine, security, register, socketOptions, limits } = this.options;
    const { logger, reportInterval } = this.options;
    const side = (name: Side['name'], bind: readonly string[]): Side => ({
      name,
      node: createNode({
        role: 'router',
        socket: 'router',
        bind,
        connect: [],
        identity: `router-${name}`,
        engine,
        security: security[name],
        socketOptions,
        limits,
      }),
      registration: new ServerRegistration(
        register[name],
        ({ message }) => logger?.error(`Router ${name}: ${message}`),
        (warning) => logger?.warn(`Router ${name}: ${warning}`),
      ),
      leaving: new LeavingPeers(),
    });
    this.frontend = side('frontend', frontend);
    this.backend = side('backend', backend);
    this.logger = logger;
    this.drops = new DropCounter(
      (report) => logger?.warn(`Router ${describeDrop(report, reportInterval)}`),
      reportInterval,
    );
  }

  /**
   * Makes a router and binds it.
   *
   * @throws {RemoteCallError} naming the address that cannot be bound; nothing stays bound then
   */
  static async bind(options: RouterOptions): Promise<Router> {
    const router = new Router(options);
    await router.open();
    return router;
  }

  /** The addresses that both sides are bound to, with the ports that the system chose. */
  get addresses(): { frontend: readonly string[]; backend: readonly string[] } {
    return { frontend: this.frontend.node.addresses, backend: this.backend.node.addresses };
  }

  get counts(): RouterCounts {
    return {
      forwarded: { ...this.forwarded },
      bounced: this.bounced,
      dropped: new Map(this.drops.counts),
    };
  }

  /**
   * Binds both sides. Does nothing when they are bound; waits for a `close` that is under way.
   *
   * @throws {RemoteCallError} naming the address that cannot be bound, and nothing stays bound then;
   *   or when `close` was called meanwhile
   */
  open(): Promise<void> {
    return this.lifecycle.open((signal) => this.start(signal));
  }

  /**
   * Leaves, and closes both sides. Clients of this package that send it something learn that they
   * should send no more calls. It goes on passing messages until none has come for a quarter of a second,
   * so that calls in flight get their responses. It can be opened again.
   *
   * @param timeout the most milliseconds that it waits for that; 0 closes it at once
   */
  close(timeout = 1000): Promise<void> {
    return this.lifecycle.close(() => this.stop(timeout));
  }

  private async start(signal: AbortSignal): Promise<void> {
    try {
      // First: what clients send before services can be reached goes back to them as undeliverable.
      await this.openSide(this.backend, this.frontend);
      signal.throwIfAborted();
      await this.openSide(this.frontend, this.backend);
      signal.throwIfAborted();
      this.register();
    } catch (error) {
      void this.giveRegistrationsBack();
      this.closeNodes();
      throw error;
    }
    const { frontend, backend } = this.addresses;
    this.logger?.log(
      `Router started: frontend ${frontend.join(', ')}, backend ${backend.join(', ')}`,
    );
    this.warnOfStrangers();
  }

  private warnOfStrangers(): void {
    const { addresses, options } = this;
    const { socketOptions, security } = options;
    const open = (['frontend', 'backend'] as const).flatMap((side) =>
      security[side] === undefined ? addresses[side] : [],
    );
    exposureWarnings(open, { socketOptions }).forEach((warning) => this.logger?.warn(warning));
  }

  private register(): void {
    for (const { node, registration } of [this.backend, this.frontend]) {
      registration.begin(node.addresses);
    }
  }

  private async giveRegistrationsBack(): Promise<void> {
    await Promise.all([this.frontend.registration.end(), this.backend.registration.end()]);
  }

  private async stop(timeout: number): Promise<void> {
    await this.giveRegistrationsBack();
    await this.becomeQuiet(timeout);
    await Promise.all([this.frontend.node.flush(timeout), this.backend.node.flush(timeout)]);
    this.closeNodes();
  }

  /** Resolves when no message has come for a while. It is too stateless to know which calls are in flight. */
  private async becomeQuiet(timeout: number): Promise<void> {
    const end = performance.now() + timeout;
    let before = 0;
    while (this.passed > before && performance.now() < end) {
      before = this.passed;
      await readingTime(Math.min(QUIET, end - performance.now()));
    }
  }

  private get passed(): number {
    return this.forwarded.frontend + this.forwarded.backend;
  }

  private openSide(from: Side, to: Side): Promise<void> {
    return from.node.open({
      message: (sender, frames) => {
        this.route(from, to, sender, frames);
        return 1;
      },
      error: (error) => this.logger?.error(error.message),
      dropped: (reason, detail) =>
        this.drops.add(reason, () =>
          [detail?.(), `at the ${from.name}`].filter(Boolean).join(', '),
        ),
    });
  }

  private route(from: Side, to: Side, sender: Buffer, frames: Buffer[]): void {
    const [recipient, payload, ...rest] = frames;
    if (frames.length === 1 && recipient?.length === 0) {
      from.leaving.delete(sender);
      this.logger?.log(`Arrival or departure of ${renderIdentity(sender)} at the ${from.name}`);
    } else if (recipient === undefined || payload === undefined) {
      this.drops.add(
        'wrong number of frames',
        () => `${frames.length} from ${renderIdentity(sender)}`,
      );
    } else if (isLinkGoodbye(recipient, payload)) {
      this.letGo(from, sender);
    } else if (to.leaving.has(recipient)) {
      this.undeliverable(from, sender, recipient, payload, leavingError());
    } else if (sender.equals(recipient)) {
      this.drops.add('loopback not allowed', () => renderIdentity(sender));
    } else {
      if (from === this.frontend && this.isLeaving && isOwnClient(sender)) {
        // To another router, or to wait for the successor of this one.
        sayGoodbye(from, sender);
      }
      to.node.post(
        new SingleMessage(
          new Route(recipient),
          [sender, payload, ...rest],
          () => void this.forwarded[from.name]++,
          (error) => this.undeliverable(from, sender, recipient, payload, error),
        ),
      );
    }
  }

  private get isLeaving(): boolean {
    const { state } = this.lifecycle;
    return state === 'closing' || state === 'waiting';
  }

  /** Passes nothing on to a peer any more that is about to leave. It learns when all before has come. */
  private letGo(from: Side, peer: Buffer): void {
    from.leaving.add(peer);
    sayGoodbye(from, peer);
  }

  private undeliverable(
    from: Side,
    sender: Buffer,
    recipient: Buffer,
    payload: Buffer,
    error: RemoteCallError,
  ): void {
    const drop = (): void =>
      this.drops.add(
        error.code === 'RESOURCE_EXHAUSTED' ? 'recipient takes nothing' : 'recipient unreachable',
        () => `${renderIdentity(sender)} to ${renderIdentity(recipient)}`,
      );
    if (!isOwnClient(sender)) {
      drop();
      return;
    }
    from.node.post(
      new SingleMessage(
        new Route(sender),
        [recipient, payload, UNREACHABLE],
        () => void this.bounced++,
        drop,
      ),
    );
  }

  private closeNodes(): void {
    for (const { node, leaving } of [this.frontend, this.backend]) {
      node.close();
      leaving.clear();
    }
  }
}

/** Sends a peer the GOODBYE of the link itself. */
function sayGoodbye({ node }: Side, peer: Buffer): void {
  const ignore = (): void => undefined;
  node.post(new SingleMessage(new Route(peer), [DIRECT, LINK_GOODBYE], ignore, ignore));
}

function leavingError(): RemoteCallError {
  return new RemoteCallError('the peer is about to leave', {}, { code: 'UNAVAILABLE' });
}

function closedError(): RemoteCallError {
  return new RemoteCallError('the router was closed', {}, { code: 'CANCELLED' });
}
