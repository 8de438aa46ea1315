import { Logger } from '@nestjs/common';
import {
  type CustomTransportStrategy,
  type MessageHandler,
  type ReadPacket,
  Server,
} from '@nestjs/microservices';
import type { RemoteCallError } from '../errors/remote-call.error.js';
import { exposureWarnings } from '../nodes/exposure.js';
import { callHook } from '../observe/call-hook.js';
import { CallObserver } from '../observe/call-observer.js';
import type { RemoteStats } from '../observe/call-stats.js';
import { DropCounter, type DropReport } from '../observe/drop-counter.js';
import { logThrown } from '../observe/log-thrown.js';
import { LoggingEmitter } from '../observe/logging-emitter.js';
import { RESERVED_PREFIX, isReserved } from '../protocol/reserved-methods.js';
import { EventResult, type HandlerResult, RequestResult } from './handlers/handler-result.js';
import { HandlerRun } from './handlers/handler-run.js';
import { HandlerTable } from './handlers/handler-table.js';
import { describeHandler } from './handlers/describe-handler.js';
import { JointRun } from './handlers/joint-run.js';
import type { IncomingCall } from './calls/incoming-call.js';
import { RemoteContext } from './handlers/remote-context.js';
import { ServerEndpoint, type ServerEndpointListener } from './server-endpoint.js';
import {
  type RemoteServerOptions,
  type ResolvedServerOptions,
  resolveServerOptions,
} from './server-options.js';

/** The transport of handlers that are meant for this package's servers alone. */
export const REMOTE_TRANSPORT: unique symbol = Symbol.for('nestjs-remote');

const EVENTS = ['connect', 'disconnect', 'error', 'drop'] as const;

/** Nest's text for an unknown pattern. */
const NO_MESSAGE_HANDLER = 'There is no matching message handler defined in the remote service.';

/** The events of a server, for `on`. */
export type RemoteServerEvents = {
  /** It listens, or its link to a router is up. */
  connect: () => void;
  /** It was closed, or a link to a router is lost, for this reason. */
  disconnect: (reason: string) => void;
  /** Something went wrong that no call reports. */
  error: (error: RemoteCallError) => void;
  /** Something was dropped; at a limited rate for each reason. */
  drop: (report: DropReport) => void;
};

/**
 * Nest's server for remote calls over ZeroMQ.
 *
 * ```ts
 * const app = await NestFactory.createMicroservice(AppModule, {
 *   strategy: new RemoteServer({ bind: 'tcp://127.0.0.1:5555' }),
 * });
 * await app.listen();
 * ```
 *
 * It calls the `@MessagePattern` and `@EventPattern` handlers of the app, with guards, pipes,
 * interceptors and filters, as Nest's own transports do.
 *
 * Mirrors `Service` of the Python original.
 */
export class RemoteServer extends Server<RemoteServerEvents> implements CustomTransportStrategy {
  override transportId: symbol;

  protected override readonly logger = new Logger(RemoteServer.name);
  private readonly events = new LoggingEmitter<RemoteServerEvents>(this.logger, EVENTS);
  private readonly observer = new CallObserver('server', this, (method, kind) =>
    kind === 'event'
      ? this.handlers.findForEvent(method).length > 0
      : this.handlers.find(method) !== undefined,
  );
  private readonly endpoint: ServerEndpoint;
  private readonly handlers = new HandlerTable(this.messageHandlers, (pattern) =>
    this.getRouteFromPattern(pattern),
  );
  private readonly initialStartHook = this.onProcessingStartHook;
  private readonly options: ResolvedServerOptions;
  /** What could not be encoded, and so was left out of responses. */
  private readonly unencodable: DropCounter;

  /** @throws {RemoteCallError} `INVALID_ARGUMENT` naming the option, its value and the remedy */
  constructor(options: RemoteServerOptions) {
    super();
    this.options = resolveServerOptions(options);
    this.transportId = this.options.transportId ?? REMOTE_TRANSPORT;
    this.events.reportInterval = this.options.reportInterval;
    this.unencodable = new DropCounter(
      ({ count, detail }) =>
        this.logger.error(count > 1 ? `${detail} (the last of ${count})` : detail),
      this.options.reportInterval,
    );
    const listener: ServerEndpointListener = {
      handle: (call) => this.handle(call),
      connected: () => this.connected(),
      disconnected: (reason) => this.disconnected(reason),
      failed: (error) => this.events.error(error),
      warned: (warning) => this.logger.warn(warning),
      dropped: (report) => this.events.drop(report),
      unencodable: (method, problem) =>
        this.unencodable.add('left out of a response', () => `'${method}': ${problem}`),
      describe: () =>
        this.handlers.entries().map(([name, handler]) => describeHandler(name, handler)),
    };
    this.endpoint = new ServerEndpoint(this.options, listener, this.observer);
  }

  /** What it has done since it was made: calls, errors, bytes, and, once asked for, latencies. */
  get stats(): RemoteStats {
    return this.observer.stats;
  }

  /** Where the server listens, with the ports that the system chose. Empty while it does not. */
  get addresses(): readonly string[] {
    return this.endpoint.addresses;
  }

  /** How much was dropped since this server was made, by reason. */
  get dropCounts(): ReadonlyMap<string, number> {
    return this.endpoint.drops.counts;
  }

  /** Opens the sockets, then calls back; with the error when an address cannot be bound. */
  override listen(callback: (error?: Error) => void): void {
    this.warnOfUnreachableHandlers();
    this.endpoint.open(this.options.topics ?? this.handlers.topics()).then(
      () => {
        this.warnOfStrangers();
        callback();
      },
      (error: Error) => {
        this._status$.next('disconnected');
        callback(error);
      },
    );
  }

  /**
   * Stops taking calls, lets running handlers respond within `shutdownTimeout`, cancels the rest with
   * an error response, and closes the sockets. The server can listen again.
   */
  override close(): Promise<void> {
    return this.endpoint.close();
  }

  /** @throws {RemoteCallError} `INVALID_ARGUMENT` for an event that never comes */
  override on<Event extends keyof RemoteServerEvents>(
    event: Event,
    callback: RemoteServerEvents[Event],
  ): void {
    this.events.on(event, callback);
  }

  /**
   * The sockets of the transport: of zeromq.js, or this package's own with the engine `net`.
   *
   * @throws {Error} Nest's 'Not initialized' while there are none
   */
  override unwrap<T>(): T {
    const { sockets } = this.endpoint;
    if (sockets.length === 0) {
      throw new Error(
        'Not initialized. Please call the "listen"/"startAllMicroservices" method before accessing the server.',
      );
    }
    return sockets as T;
  }

  /** The handler of a pattern as it stands, else of the pattern as Nest normalises it. */
  override getHandlerByPattern(pattern: string): MessageHandler | null {
    return this.handlers.find(pattern) ?? null;
  }

  /** Runs the handlers of an event within the app's processing hooks, until they have ended. */
  override handleEvent(pattern: string, packet: ReadPacket, context: RemoteContext): Promise<void> {
    return new Promise((resolve) => {
      const handlers = this.handlers.findForEvent(pattern);
      if (handlers.length > 0) {
        this.run(handlers, packet.data, context, new EventResult(this.log, resolve));
      } else {
        this.dropEvent(pattern);
        resolve();
      }
    });
  }

  private handle(call: IncomingCall): void {
    const { method, args } = call;
    const isEvent = call.id === undefined;
    const handlers = isEvent
      ? this.handlers.findForEvent(method)
      : this.handlers.findForRequest(method);
    if (handlers.length > 0) {
      const data: unknown = args.length > 1 ? args : args[0];
      const result = new RequestResult(call, this.endpoint.responder, this.log);
      call.handledBy(this.run(handlers, data, new RemoteContext([method, call]), result));
      return;
    }
    if (isEvent) {
      this.dropEvent(method);
    }
    this.endpoint.responder.reject(call, {
      message: NO_MESSAGE_HANDLER,
      context: { method },
      code: 'UNIMPLEMENTED',
      exact: { value: NO_MESSAGE_HANDLER },
    });
    call.release();
  }

  /** Runs handlers between Nest's processing hooks. */
  private run(
    handlers: readonly MessageHandler[],
    data: unknown,
    context: RemoteContext,
    result: HandlerResult,
  ): HandlerRun | JointRun {
    const [handler] = handlers;
    const run =
      handler && handlers.length === 1
        ? new HandlerRun(handler, data, context, result)
        : new JointRun(handlers, data, context, result);
    if (this.hasNoHooks) {
      void run.start();
    } else {
      this.startWithHooks(run, context);
    }
    return run;
  }

  /** Whether the hooks are those of a server whose app has set none: they need not be called. */
  private get hasNoHooks(): boolean {
    return (
      this.onProcessingStartHook === this.initialStartHook && this.onProcessingEndHook === undefined
    );
  }

  private startWithHooks(run: HandlerRun | JointRun, context: RemoteContext): void {
    let running: Promise<void> | undefined;
    const hookFailed = (error: unknown): void => {
      if (running) {
        this.log(error);
      } else {
        run.crash(error);
      }
    };
    const endHook = (): unknown => this.onProcessingEndHook?.(this.transportId, context);
    const start = (): Promise<void> => (running = run.start(endHook));
    callHook(() => this.onProcessingStartHook(this.transportId, context, start), hookFailed);
  }

  private readonly log = (error: unknown): void => logThrown(this.logger, error);

  private dropEvent(pattern: string): void {
    if (this.options.socket === 'sub') {
      // A topic is a prefix for ZeroMQ, so SUB gets more than it subscribed to.
      this.endpoint.drops.count('event of another topic');
    } else {
      this.endpoint.drops.add(
        'event without a handler',
        () => `There is no matching event handler defined in the remote service: ${pattern}`,
      );
    }
  }

  private warnOfUnreachableHandlers(): void {
    const { socket, topics } = this.options;
    const reserved = this.handlers.entries().filter(([pattern]) => isReserved(pattern));
    for (const [pattern] of reserved) {
      this.logger.warn(
        `nobody can call '${pattern}': what begins with ${RESERVED_PREFIX} is for the server itself`,
      );
    }
    if (socket !== 'sub') {
      return;
    }
    const requests = this.handlers.patterns(false);
    if (requests.length > 0) {
      this.logger.warn(`SUB takes events only: nobody can call ${requests.join(', ')}`);
    }
    if (topics === undefined && this.handlers.topics().length === 0) {
      this.logger.warn('SUB has neither topics nor event handlers: nothing will come');
    }
  }

  private warnOfStrangers(): void {
    for (const warning of exposureWarnings(this.addresses, this.options)) {
      this.logger.warn(warning);
    }
  }

  private connected(): void {
    this._status$.next('connected');
    this.events.emit('connect');
  }

  private disconnected(reason: string): void {
    this._status$.next('disconnected');
    this.events.emit('disconnect', reason);
  }
}
