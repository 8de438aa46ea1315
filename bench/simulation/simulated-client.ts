import { CallIssuer } from '../../lib/client/calls/call-issuer.js';
import type { CallSink } from '../../lib/client/calls/outgoing-request.js';
import { PendingCalls, type PendingCallsOwner } from '../../lib/client/calls/pending-calls.js';
import { type RemoteClientOptions, resolveClientOptions } from '../../lib/client/client-options.js';
import type { Link } from '../../lib/client/links/link.js';
import { LinkPool, type LinkPoolOwner } from '../../lib/client/links/link-pool.js';
import type { Resolver } from '../../lib/discovery/resolver.js';
import { RemoteCallError } from '../../lib/errors/remote-call.error.js';
import { CallObserver } from '../../lib/observe/call-observer.js';
import { DropCounter } from '../../lib/observe/drop-counter.js';
import type { ResponseMessage } from '../../lib/protocol/message.js';
import type { Network } from './network/network.js';
import { SimulatedNode } from './network/simulated-node.js';
import type { Recorder } from './recorder.js';
import type { SeededRandom } from './time/seeded-random.js';
import type { VirtualTime } from './time/virtual-time.js';

/** How a client calls. */
export interface Load {
  /** Calls of each client a second, which come independently of each other. */
  readonly rate: number;
  /** The share of them that may run twice, from 0 to 1. */
  readonly idempotent: number;
}

/** A client that calls at random times: the product's own, on simulated nodes. */
export class SimulatedClient implements PendingCallsOwner, LinkPoolOwner {
  readonly isClosing = false;
  private readonly links: LinkPool;
  private readonly pending: PendingCalls;
  private readonly calls: CallIssuer;

  /** @param options its zone is also where it is on the network */
  constructor(
    options: RemoteClientOptions & { readonly zone: string },
    resolver: Resolver,
    network: Network,
    private readonly recorder: Recorder,
    private readonly time: VirtualTime,
    private readonly random: SeededRandom,
  ) {
    const resolved = resolveClientOptions(options);
    const drops = new DropCounter(() => undefined, 0);
    this.links = new LinkPool(
      resolved,
      this,
      resolver,
      undefined,
      ([address]) => new SimulatedNode(network, options.zone, address as string),
    );
    const observer = new CallObserver('client', this);
    this.pending = new PendingCalls(resolved, this.links, drops, observer, this);
    this.calls = new CallIssuer(resolved, this.pending);
  }

  /** How many links it has that calls may go to. */
  get linkCount(): number {
    return this.links.active.length;
  }

  /** Opens its links. */
  open(): void {
    this.links.open();
  }

  /** Calls until a time. */
  callUntil(end: number, load: Load): void {
    this.time.after(this.random.exponential(1000 / load.rate), () => {
      if (this.time.now < end) {
        this.call(this.random.next() < load.idempotent);
        this.callUntil(end, load);
      }
    });
  }

  up(): void {
    this.pending.dispatcher.up();
  }

  down(link: Link, reason: string): void {
    this.pending.dispatcher.down(link, reason);
  }

  retired(link: Link): void {
    this.pending.dispatcher.empty(link);
  }

  message(link: Link, address: Buffer, frames: Buffer[]): number {
    return this.pending.message(link, address, frames);
  }

  started(): void {
    // Its links are open as long as it is.
  }

  settled(): void {
    // They stay open without calls.
  }

  failed(): void {
    // What ends no call is not looked at.
  }

  dropped(): void {
    // The same.
  }

  unreachable(): void {
    this.pending.dispatcher.giveUp();
  }

  serversChanged(): void {
    // The links show it.
  }

  cannotOpen(error: RemoteCallError): void {
    throw error;
  }

  refused(error: RemoteCallError): void {
    throw error;
  }

  private call(idempotent: boolean): void {
    const sink = new RecordingSink(this.recorder, this.time.now, idempotent);
    this.recorder.started(idempotent);
    this.calls.request('work', [], { idempotent }, sink);
  }
}

/** Records what becomes of one call. */
class RecordingSink implements CallSink {
  constructor(
    private readonly recorder: Recorder,
    private readonly madeAt: number,
    private readonly isIdempotent: boolean,
  ) {}

  item(): void {
    // Handlers here have no streams.
  }

  responded({ error, header }: ResponseMessage): void {
    if (error) {
      this.fail(header?.code ?? 'UNKNOWN');
    } else {
      this.recorder.succeeded(this.madeAt);
    }
  }

  rejected(error: unknown): void {
    this.fail(error instanceof RemoteCallError ? error.code : String(error));
  }

  private fail(code: string): void {
    this.recorder.failedWith(this.madeAt, this.isIdempotent, code);
  }
}
