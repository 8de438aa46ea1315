import { AsyncResource } from 'node:async_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { RemoteCallError } from '../errors/remote-call.error.js';
import { type Address, parseAddress } from './address.js';
import { Lifecycle } from './lifecycle.js';
import type { Node, NodeCapabilities, NodeListener, OutgoingMessage } from './node.js';
import { Route } from './route.js';
import type { Batch, PackingLimits } from './sending/packing.js';
import type { SendQueueLimits } from './sending/send-limits.js';
import { type Handover, SendQueue } from './sending/send-queue.js';
import { SingleMessage } from './sending/single-message.js';

/** How long to wait before a transport that cannot be reopened is tried again, in milliseconds. */
const REOPEN_DELAY = 1000;

/** A transport that is ready, and the addresses that it is bound to. */
export interface OpenTransport<Transport> {
  readonly transport: Transport;
  readonly addresses: readonly string[];
}

/** How a kind of node sends. */
export interface SendingOptions {
  /** How many messages share a frame. */
  packing: PackingLimits;
  /** How many hand-overs may be under way at once. Default 1. */
  maxUnderWay?: number;
  limits: SendQueueLimits | undefined;
}

/**
 * What all kinds of {@link Node} share: one life cycle, one send queue, one way to recover.
 *
 * A kind of node makes its transport, hands batches over to it, receives from it and releases it.
 * It never opens, closes or reopens by itself.
 */
export abstract class TransportNode<Transport> implements Node {
  sendCount = 0;
  receiveCount = 0;

  abstract readonly capabilities: NodeCapabilities;

  /** The open transport; undefined while closed. */
  protected transport: Transport | undefined;
  protected listener: NodeListener | undefined;
  protected readonly sendQueue: SendQueue;

  private readonly lifecycle = new Lifecycle(closedError);
  /** That of `open`. What leads to a reopening may run in the context of some call. */
  private context = new AsyncResource('RemoteNode');
  private bound: readonly string[] = [];

  constructor({ packing, maxUnderWay = 1, limits }: SendingOptions) {
    this.sendQueue = new SendQueue(
      {
        packing,
        maxUnderWay,
        handOver: (batch) => this.handOver(batch),
        stalled: () => this.broken('a peer took nothing for the sendTimeout'),
      },
      limits,
    );
  }

  /** Where an opening binds; none where the node only connects. */
  protected abstract readonly bindings: readonly Address[];

  /**
   * Makes a transport that is ready to send. Without a promise it is ready at once.
   *
   * @param bindings where to bind: {@link bindings}, or the same with the ports of the transport before
   * @param signal aborts when `close` overtakes the opening: waits should end then
   * @throws {RemoteCallError} when it cannot be made; nothing of it stays open then
   */
  protected abstract make(
    bindings: readonly Address[],
    listener: NodeListener,
    signal: AbortSignal,
  ): OpenTransport<Transport> | Promise<OpenTransport<Transport>>;

  /** Starts to deliver what arrives to the listener. */
  protected abstract receive(transport: Transport, listener: NodeListener): void;

  /** Passes a batch to the transport, at once or later. Never rejects. */
  protected abstract transmit(transport: Transport, batch: Batch): Handover | Promise<Handover>;

  /** Frees a transport that was made. */
  protected abstract release(open: OpenTransport<Transport>): void;

  /** Whether a link is usable as soon as the transport is open. */
  protected get isUpOnceOpen(): boolean {
    return !this.capabilities.detectsLoss;
  }

  get closed(): boolean {
    return this.transport === undefined;
  }

  get addresses(): readonly string[] {
    return this.bound;
  }

  get sockets(): readonly Transport[] {
    return this.transport === undefined ? [] : [this.transport];
  }

  open(listener: NodeListener): Promise<void> {
    this.context = new AsyncResource('RemoteNode');
    return this.lifecycle.open((signal) => {
      this.listener = listener;
      return this.start(this.bindings, listener, signal);
    }, this.started);
  }

  reopen(reason: string): void {
    this.recover(reopenedError(reason), () => undefined);
  }

  close(): void {
    void this.lifecycle.close(() => this.stop(closedError()));
  }

  post(message: OutgoingMessage): void {
    if (this.closed) {
      message.failed(closedError());
    } else {
      this.sendQueue.post(message);
    }
  }

  send(frames: readonly Uint8Array[], address: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.post(new SingleMessage(new Route(address), frames, resolve, reject));
    });
  }

  withdraw(): OutgoingMessage[] {
    return this.sendQueue.withdraw();
  }

  whenWritable(route: Route): Promise<void> | undefined {
    return this.sendQueue.whenWritable(route);
  }

  flush(timeout: number): Promise<void> {
    return this.sendQueue.flush(timeout);
  }

  /** Makes the transport and takes it into use. */
  private start(
    bindings: readonly Address[],
    listener: NodeListener,
    signal: AbortSignal,
  ): Promise<void> | void {
    const made = this.make(bindings, listener, signal);
    return made instanceof Promise
      ? made.then((open) => this.use(open, signal))
      : this.use(made, signal);
  }

  private use(open: OpenTransport<Transport>, signal: AbortSignal): void {
    if (signal.aborted) {
      this.release(open);
      throw signal.reason;
    }
    this.transport = open.transport;
    this.bound = open.addresses;
    this.sendCount = 0;
    this.receiveCount = 0;
  }

  private readonly started = (): void => {
    const { transport, listener } = this;
    if (transport !== undefined && listener) {
      this.receive(transport, listener);
      if (this.isUpOnceOpen) {
        listener.up?.();
      }
    }
  };

  /** The transport has failed by itself: reports that, and reopens it. */
  protected broken(reason: string, cause?: unknown): void {
    const error = reopenedError(reason, cause);
    this.recover(error, () => this.listener?.error?.(error));
  }

  /** @param report is called after `down`, before what waits fails */
  private recover(error: RemoteCallError, report: () => void): void {
    let overtaken: AbortSignal | undefined;
    this.context
      .runInAsyncScope(() =>
        this.lifecycle.reopen((signal) => {
          overtaken = signal;
          return this.restart(error, report, signal);
        }, this.started),
      )
      .catch((failure: unknown) => {
        // What else fails is a listener that throws, which must not be lost.
        if (!overtaken?.aborted) {
          throw failure;
        }
      });
  }

  /** Ends the transport with an error and makes the next one where it was bound. */
  private async restart(
    error: RemoteCallError,
    report: () => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { listener, bound } = this;
    if (!listener) {
      return;
    }
    const bindings = bound.length > 0 ? bound.map((text) => parseAddress(text)) : this.bindings;
    try {
      // First, so that the owner can withdraw the messages that wait. It may also close the node.
      listener.down?.(error.message);
      report();
      signal.throwIfAborted();
    } finally {
      this.stop(error);
    }
    await this.startAnyway(bindings, listener, signal);
  }

  /** Tries until it has started or is overtaken: the network may be down for a while. */
  private async startAnyway(
    bindings: readonly Address[],
    listener: NodeListener,
    signal: AbortSignal,
  ): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      try {
        await this.start(bindings, listener, signal);
        return;
      } catch (cause) {
        signal.throwIfAborted();
        listener.error?.(cause as RemoteCallError);
        await delay(REOPEN_DELAY, undefined, { signal });
      }
    }
  }

  /** Releases the transport. What waits fails. */
  private stop(error: RemoteCallError): void {
    const { transport, bound } = this;
    this.transport = undefined;
    this.bound = [];
    if (transport !== undefined) {
      this.release({ transport, addresses: bound });
    }
    for (const message of this.sendQueue.withdraw()) {
      message.failed(error);
    }
  }

  private handOver(batch: Batch): Handover | Promise<Handover> {
    const { transport } = this;
    if (transport === undefined) {
      return closedError();
    }
    const handover = this.transmit(transport, batch);
    return handover instanceof Promise
      ? handover.then((outcome) => this.handedOver(transport, batch, outcome))
      : this.handedOver(transport, batch, handover);
  }

  private handedOver(transport: Transport, { messages }: Batch, handover: Handover): Handover {
    if (this.transport !== transport) {
      return handover === 'sent' ? handover : closedError();
    }
    if (handover === 'sent') {
      this.sendCount += messages.length;
    }
    return handover;
  }
}

/** The error of a message whose node is closed. */
function closedError(): RemoteCallError {
  return new RemoteCallError('transport is closed', {}, { code: 'UNAVAILABLE' });
}

/** The error of what waited in a transport that was reopened. */
function reopenedError(reason: string, cause?: unknown): RemoteCallError {
  return new RemoteCallError(
    'node transport reopened',
    { reason },
    { code: 'UNAVAILABLE', ...(cause !== undefined && { cause }) },
  );
}
