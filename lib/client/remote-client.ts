import type { ReadPacket, WritePacket } from '@nestjs/microservices';
import { Observable, Subject } from 'rxjs';
import { CallObserver } from '../observe/call-observer.js';
import type { RemoteStats } from '../observe/call-stats.js';
import { CallbackSink } from './calls/call-sinks.js';
import { type CallMaker, releasing } from './call-maker.js';
import { createCallProxy } from './call-proxy.js';
import { ClientEndpoint } from './client-endpoint.js';
import { type RemoteClientOptions, resolveClientOptions } from './client-options.js';
import { ClientReporter } from './client-reporter.js';
import { DispatchingClient } from './dispatching-client.js';
import { InterceptedCalls } from './intercepted-calls.js';
import type { IssueCallOptions } from './issue-call-options.js';
import type { LinkSnapshot } from './links/link-snapshot.js';
import { PromisedCalls } from './promised-calls.js';
import type { RemoteClientEvents } from './remote-client-events.js';
import { asRemotePacket, createRemotePacket, optionsOf } from './remote-packet.js';
import type {
  MethodName,
  OtherPattern,
  PayloadOf,
  RemoteMethods,
  RemoteNotifications,
  RemoteStreams,
  ResultOf,
} from './remote-methods.js';
import { RemoteRecord } from './remote-record.js';
import { ValueIterator } from './value-iterator.js';

/**
 * Nest's client for remote calls over ZeroMQ.
 *
 * ```ts
 * ClientsModule.register([remoteClient({ name: 'MATH', connect: 'tcp://127.0.0.1:5555' })])
 * ```
 *
 * `send` and `emit` are those of every `ClientProxy`. `call` and `notify` take positional arguments
 * and return promises; `Methods` is an interface of the service's methods that types them.
 *
 * A service may start after its clients: calls wait for a link within their timeout. A lost link
 * ends its calls in flight with `UNAVAILABLE`, and is restored in the background.
 *
 * Mirrors `Client` of the Python original.
 */
// oxlint-disable-next-line typescript/no-explicit-any -- without a type every name is a method
export class RemoteClient<Methods = any> extends DispatchingClient<RemoteClientEvents> {
  /** Calls a method with positional arguments: `await client.call.add(1, 2)`. */
  readonly call = createCallProxy((method, args) =>
    this.issueCall(method, args),
  ) as RemoteMethods<Methods>;

  /**
   * Sends an event with positional arguments: `await client.notify.estop()`.
   *
   * The promise says whether it was sent. Nobody has to await it: an event that is not sent is also
   * counted, logged and emitted as `drop`.
   */
  readonly notify = createCallProxy((method, args) =>
    this.issueCall(method, args, { notification: true }),
  ) as RemoteNotifications<Methods>;

  /**
   * Calls a method with positional arguments, and gives all values that it responds with:
   * `for await (const value of client.stream.count(3))`.
   *
   * The call begins with the first `next`, and is cancelled when the loop is left. Errors are those of
   * `send`.
   */
  readonly stream = createCallProxy(
    (method, args) =>
      new ValueIterator(this.send<unknown>(method as never, new RemoteRecord(args, {}))),
  ) as RemoteStreams<Methods>;

  private readonly observer = new CallObserver('client', this);
  private readonly reporter: ClientReporter;
  private readonly endpoint: ClientEndpoint;
  private readonly calls: CallMaker;
  private readonly promised: PromisedCalls;

  /** @throws {RemoteCallError} `INVALID_ARGUMENT` naming the option, its value and the remedy */
  constructor(options: RemoteClientOptions) {
    super();
    const resolved = resolveClientOptions(options);
    this.reporter = new ClientReporter(resolved, this._status$, () => this.endpoint.isUp);
    this.endpoint = new ClientEndpoint(resolved, this.reporter, this.observer);
    const { calls } = this.endpoint;
    const { interceptors } = resolved;
    this.calls = interceptors.length === 0 ? calls : new InterceptedCalls(calls, interceptors);
    this.promised = new PromisedCalls(this.calls, {
      methodOf: (packet) => this.methodOf(packet),
      createPacket: (pattern, data) => this.createPacket(pattern, data),
      serializeResponse: (result) => this.serializeResponse(result) as unknown,
    });
  }

  // oxlint-disable-next-line typescript/no-explicit-any -- Nest's own signature
  override send<Result = any, Input = any>(
    pattern: OtherPattern<Methods>,
    data: Input,
  ): Observable<Result>;
  override send<Name extends MethodName<Methods> & keyof Methods>(
    pattern: Name,
    data: PayloadOf<Methods, Name>,
  ): Observable<ResultOf<Methods, Name>>;
  override send<Result>(pattern: unknown, data: unknown): Observable<Result> {
    if (isNothing(pattern) || isNothing(data)) {
      return super.send(pattern, data);
    }
    return new Observable((observer) => {
      try {
        return this.publish(this.createPacket(pattern, data), this.createObserver(observer));
      } catch (error) {
        // Not within `subscribe`, as with Nest's own clients: an observer may use the subscription.
        queueMicrotask(() => observer.error(error));
        return undefined;
      }
    });
  }

  // oxlint-disable-next-line typescript/no-explicit-any -- Nest's own signature
  override emit<Result = any, Input = any>(
    pattern: OtherPattern<Methods>,
    data: Input,
  ): Observable<Result>;
  override emit<Name extends MethodName<Methods> & keyof Methods>(
    pattern: Name,
    data: PayloadOf<Methods, Name>,
  ): Observable<void>;
  override emit<Result>(pattern: unknown, data: unknown): Observable<Result> {
    if (isNothing(pattern) || isNothing(data)) {
      return super.emit(pattern, data);
    }
    // Hot as Nest's own, and without a replay; sent now: the caller may change the data afterwards.
    const sink = new Subject<Result>();
    const failed = (error: unknown): void => sink.error(error);
    try {
      const packet = this.calls.countFailure(
        () => this.methodOf({ pattern }),
        () => this.createPacket(pattern, data),
      );
      this.dispatchEvent<Result>(packet).then((result) => {
        sink.next(result);
        sink.complete();
      }, failed);
    } catch (error) {
      failed(error);
    }
    return sink;
  }

  /**
   * Calls a method with positional arguments, or sends an event.
   *
   * @param method the pattern of the handler; an object is normalised as Nest does
   * @param args the positional arguments, default none
   * @returns the result; for an event, once it was handed to the socket. The promise of an event may be
   *   left alone, as that of `notify`
   * @throws {RemoteCallError} `origin: 'remote'` with the peer's message and context, or
   *   `origin: 'local'` with what went wrong here
   */
  issueCall<Result = unknown>(
    method: unknown,
    args: readonly unknown[] = [],
    options: IssueCallOptions = {},
  ): Promise<Result> {
    return this.promised.issue(method, args, options) as Promise<Result>;
  }

  /**
   * Connects, which `send` and `emit` do by themselves.
   *
   * @returns once the first of its addresses has completed the ZeroMQ handshake (behind a router:
   *   with the router); at once for PUB and `inproc://`
   * @throws {RemoteCallError} `UNAVAILABLE` after the timeout, `CANCELLED` when closed meanwhile
   */
  override async connect(): Promise<void> {
    try {
      await this.endpoint.connect();
    } catch (error) {
      this.reporter.updateStatus();
      throw error;
    }
  }

  /**
   * Ends what waits with `CANCELLED`, gives events up to one second to leave, and closes the links.
   * The client can be used again.
   */
  override close(): Promise<void> {
    return this.endpoint.close();
  }

  /** @throws {RemoteCallError} `INVALID_ARGUMENT` for an event that never comes */
  override on<Event extends keyof RemoteClientEvents>(
    event: Event,
    callback: RemoteClientEvents[Event],
  ): void {
    this.reporter.on(event, callback);
  }

  /**
   * The sockets of the transport, one per address: of zeromq.js, or this package's own with the engine
   * `net`.
   *
   * @throws {Error} Nest's 'Not initialized' while there are none
   */
  override unwrap<T>(): T {
    const { sockets } = this.endpoint;
    if (sockets.length === 0) {
      throw new Error('Not initialized. Please call the "connect" method first.');
    }
    return sockets as T;
  }

  /** What it has done since it was made: calls, errors, bytes, and, once asked for, latencies. */
  get stats(): RemoteStats {
    return this.observer.stats;
  }

  /** What each of its links is like in this moment. Empty while there are none. */
  get links(): readonly LinkSnapshot[] {
    return this.endpoint.snapshots;
  }

  /** How much was dropped since this client was made, by reason. */
  get dropCounts(): ReadonlyMap<string, number> {
    return this.endpoint.dropCounts;
  }

  /** Applies a record's options, and shows the packet to the dispatch hook. */
  protected override createPacket<Input>(pattern: unknown, data: Input): ReadPacket {
    const packet = createRemotePacket(pattern, data);
    const { data: payload } = packet;
    this.onDispatchHook?.(packet);
    if (packet.data !== payload) {
      packet.args = [packet.data];
    }
    return packet;
  }

  protected override publish(
    packet: ReadPacket,
    callback: (packet: WritePacket) => void,
  ): () => void {
    try {
      const remote = asRemotePacket(packet);
      const sink = new CallbackSink(callback);
      const method = this.methodOf(remote);
      return releasing(this.calls.request(method, remote.args, optionsOf(remote), sink));
    } catch (error) {
      throw this.serializeError(error);
    }
  }

  protected override dispatchEvent<T>(packet: ReadPacket): Promise<T> {
    return this.promised.notify(asRemotePacket(packet)) as Promise<T>;
  }

  private methodOf({ pattern }: Pick<ReadPacket, 'pattern'>): string {
    return typeof pattern === 'string' ? pattern : String(this.normalizePattern(pattern));
  }
}

function isNothing(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}
