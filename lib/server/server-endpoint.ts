import { randomBytes } from 'node:crypto';
import { RemoteCallError } from '../errors/remote-call.error.js';
import { ServerRegistration } from '../discovery/server-registration.js';
import { Lifecycle } from '../nodes/lifecycle.js';
import type { Node } from '../nodes/node.js';
import { Codec } from '../cbor/codec.js';
import type {
  MethodDescription,
  ServiceDescription,
  ServiceStatus,
} from '../protocol/reserved-methods.js';
import { MessageReader } from '../protocol/message-reader.js';
import { MessageWriter } from '../protocol/message-writer.js';
import type { CallObserver } from '../observe/call-observer.js';
import { DropCounter, type DropReport } from '../observe/drop-counter.js';
import { CallScheduler, type CallSchedulerOwner } from './calls/call-scheduler.js';
import { ControlMessages } from './calls/control-messages.js';
import type { IncomingCall } from './calls/incoming-call.js';
import { RequestReceiver } from './calls/request-receiver.js';
import { ReservedMethods, type ReservedMethodsOwner } from './calls/reserved-methods.js';
import { Responder } from './calls/responder.js';
import { ResponseEncoder } from './calls/response-encoder.js';
import { UnprovenSources } from './calls/unproven-sources.js';
import { letClientsRead, sayGoodbye } from './farewell.js';
import { ServerNodes, type ServerNodesOwner } from './server-nodes.js';
import type { ResolvedServerOptions } from './server-options.js';

/** Bytes that tell one start of a server from another. */
const INSTANCE_SIZE = 16;

/** How long responses may take to leave when the server closes, in milliseconds. */
const CLOSE_FLUSH = 1000;

/** What takes the calls and the events of a {@link ServerEndpoint}. */
export interface ServerEndpointListener {
  /** A request or an event is to be handled; it has its slot until `call.release()`. */
  handle(call: IncomingCall): void;
  connected(): void;
  disconnected(reason: string): void;
  failed(error: RemoteCallError): void;
  /** Whoever runs the server should know this. */
  warned(warning: string): void;
  dropped(report: DropReport): void;
  /** A value had to be left out of an error, or a result could not be encoded. */
  unencodable(method: string, problem: string): void;
  /** What it serves. */
  describe(): readonly MethodDescription[];
}

/**
 * The responding side of the protocol: opens the sockets that calls come by, drains and closes them.
 *
 * Its state is that of its {@link Lifecycle}, which alone writes it:
 *
 * ```text
 *             open()            all bound
 *   closed ──────────▶ opening ───────────▶ open
 *     ▲                   │ close()           │ close()
 *     │                   ▼                   ▼
 *     └──────────────── closing ◀─────────────┘
 *        drained
 * ```
 *
 * - `opening`, `open`: it takes calls.
 * - `closing`: it gives its registration back, and drains. New calls are refused then, and running handlers
 *   respond or are aborted. Then the sockets close.
 * - `waiting`: it drains, and opens again afterwards.
 *
 * Mirrors `Service` of the Python original.
 */
export class ServerEndpoint implements CallSchedulerOwner, ReservedMethodsOwner, ServerNodesOwner {
  readonly responder: Responder;
  readonly drops: DropCounter;

  private readonly life = new Lifecycle(
    () => new RemoteCallError('the server was closed', {}, { code: 'CANCELLED' }),
  );
  private readonly nodes: ServerNodes;
  private readonly reader: MessageReader;
  private readonly control: ControlMessages;
  private readonly scheduler: CallScheduler;
  private readonly reserved: ReservedMethods;
  private readonly registration: ServerRegistration;
  private instance = Buffer.alloc(INSTANCE_SIZE);
  /** When it began to listen, on the clock of `performance.now()`. */
  private openedAt = 0;

  /** @throws {RemoteCallError} `INVALID_ARGUMENT` for an address or socket option that cannot be */
  constructor(
    private readonly options: ResolvedServerOptions,
    private readonly listener: ServerEndpointListener,
    private readonly observer: CallObserver,
  ) {
    const codec = new Codec(options.codec);
    this.reader = new MessageReader(codec);
    const writer = new MessageWriter(codec, { headers: options.extension });
    this.drops = new DropCounter((report) => listener.dropped(report), options.reportInterval);
    const encoder = new ResponseEncoder(
      writer,
      (method, problem) => listener.unencodable(method, problem),
      (peer) => this.scheduler.creditOf(peer),
      (peer) => this.scheduler.loadFor(peer),
    );
    const unproven = new UnprovenSources(writer, this.drops);
    this.responder = new Responder(encoder, this.drops, unproven, observer);
    this.control = new ControlMessages(writer, unproven, (peer) => this.scheduler.creditOf(peer));
    this.scheduler = new CallScheduler(
      options,
      this.responder,
      this.control,
      this.drops,
      observer,
      this,
    );
    this.reserved = new ReservedMethods(this.responder, this.drops, this);
    this.registration = new ServerRegistration(
      options.register,
      (error) => listener.failed(error),
      (warning) => listener.warned(warning),
    );
    this.nodes = new ServerNodes(options, this.control, this);
  }

  get addresses(): readonly string[] {
    return this.nodes.addresses;
  }

  get sockets(): readonly unknown[] {
    return this.nodes.sockets;
  }

  get takesCalls(): boolean {
    const { state } = this.life;
    return state === 'open' || state === 'opening' || this.registration.isLeaving;
  }

  get status(): ServiceStatus {
    return {
      instance: this.instance.toString('hex'),
      uptime: Math.round(performance.now() - this.openedAt),
      inFlight: this.scheduler.inFlight,
      ...(!this.takesCalls && { draining: true }),
    };
  }

  get description(): ServiceDescription | undefined {
    return this.options.reflection ? { methods: this.listener.describe() } : undefined;
  }

  /**
   * Opens all sockets.
   *
   * @param topics SUB: the prefixes to subscribe to
   * @throws {RemoteCallError} naming the address that cannot be bound; nothing stays open then.
   *   `CANCELLED` where `close` overtakes it
   */
  open(topics: readonly string[]): Promise<void> {
    return this.life.open((signal) => this.begin(topics, signal));
  }

  /** Lets running handlers respond, cancels those that take too long, and closes the sockets. */
  close(): Promise<void> {
    return this.life.close(() => this.drainAndClose());
  }

  handle(call: IncomingCall): void {
    this.listener.handle(call);
  }

  isLeaving(node: Node): boolean {
    return this.nodes.isLeaving(node);
  }

  receiverOf(node: Node): RequestReceiver {
    const { options, reader, responder, control, drops, observer, scheduler, reserved } = this;
    return new RequestReceiver(
      node,
      options,
      reader,
      responder,
      control,
      drops,
      observer,
      scheduler,
      reserved,
    );
  }

  up(address: string): void {
    this.observer.linkUp(address);
  }

  down(address: string, reason: string): void {
    this.observer.linkDown(address, reason);
  }

  connected(): void {
    this.listener.connected();
  }

  disconnected(reason: string): void {
    this.listener.disconnected(reason);
  }

  failed(error: RemoteCallError): void {
    this.listener.failed(error);
  }

  dropped(reason: string, node: Node, detail?: () => string): void {
    const place = (): string => node.addresses.join(', ');
    this.drops.add(reason, () => [detail?.(), place()].filter(Boolean).join(', at '));
  }

  private async begin(topics: readonly string[], signal: AbortSignal): Promise<void> {
    const { heartbeat } = this.options;
    this.instance = randomBytes(INSTANCE_SIZE);
    this.openedAt = performance.now();
    this.control.begin({ instance: this.instance, heartbeat });
    try {
      await this.nodes.open(topics, signal);
      signal.throwIfAborted();
      this.registration.begin(this.addresses, this.instance.toString('hex'));
    } catch (error) {
      // A `close` that overtakes this closes the nodes itself.
      if (!signal.aborted) {
        this.closeNodes();
      }
      throw error;
    }
  }

  private async drainAndClose(): Promise<void> {
    const { extension, socket, shutdownTimeout } = this.options;
    await this.registration.end();
    const vacated = this.nodes.stopListening();
    if (extension && socket !== 'sub') {
      sayGoodbye(this.nodes.peers, this.control, vacated);
    }
    await this.scheduler.drain(shutdownTimeout);
    await this.nodes.part();
    await this.nodes.flush(CLOSE_FLUSH);
    await this.nodes.part(); // Now the routers have read the responses to what came meanwhile, too.
    await letClientsRead(() => this.nodes.peers, this.control);
    this.closeNodes();
  }

  private closeNodes(): void {
    this.scheduler.stop();
    this.nodes.close();
  }
}
