import {
  type Context,
  type MeterProvider,
  ROOT_CONTEXT,
  type Span,
  SpanStatusCode,
  type Tracer,
  type TracerProvider,
  context,
  propagation,
  trace,
} from '@opentelemetry/api';
import {
  CALL_CHANNELS,
  type RemoteCallMessage,
  type RemoteRetryMessage,
} from '../observe/call-channels.js';
import { SCHEMA_URL } from './conventions.js';
import { type DescribedMethod, methodOf } from './described-method.js';
import { Durations } from './durations.js';
import { detailsOf } from './outcome.js';
import { PACKAGE_VERSION } from './package-version.js';

/** Options of {@link RemoteInstrumentation}. */
export interface RemoteInstrumentationConfig {
  /** Whether it begins at once. Default true. */
  enabled?: boolean;
}

/** A call that has begun. */
interface ObservedCall {
  readonly span: Span;
  readonly method: DescribedMethod;
  /** On the clock of `performance.now()`. */
  readonly startedAt: number;
}

/** A message with what an instrumentation keeps in it: a `WeakMap` costs more for each call. */
type ObservedMessage = RemoteCallMessage & Record<symbol, ObservedCall | undefined>;

/**
 * Spans and metrics of OpenTelemetry for all clients and servers of the process.
 *
 * ```ts
 * new NodeSDK({ instrumentations: [new RemoteInstrumentation()] }).start();
 * ```
 *
 * Requests follow the semantic conventions of RPC, events those of messaging. The context travels in
 * the metadata of calls, in the form of the propagator that is set globally: W3C's by default. Handlers
 * run in the context of their span.
 *
 * It is an `Instrumentation` of `@opentelemetry/instrumentation`, without needing that package. Without
 * providers of its own it uses the global ones.
 */
export class RemoteInstrumentation {
  readonly instrumentationName = 'nestjs-remote';
  readonly instrumentationVersion = PACKAGE_VERSION;

  /** What its member of messages is called; that of another instance has another name. */
  private readonly observed = Symbol('observed');
  private readonly durations = new Durations(this.instrumentationName);
  private readonly subscribers = {
    start: (message: unknown) => this.start(message as RemoteCallMessage),
    end: (message: unknown) => this.made(message as RemoteCallMessage),
    asyncStart: () => undefined,
    asyncEnd: (message: unknown) => this.end(message as RemoteCallMessage),
    error: () => undefined,
  };
  private readonly retried = (message: unknown): void => this.retry(message as RemoteRetryMessage);
  private tracer: Tracer | undefined;
  private config: RemoteInstrumentationConfig;
  private isEnabled = false;

  /** @param config by default it is enabled at once */
  constructor(config: RemoteInstrumentationConfig = {}) {
    this.config = config;
    if (config.enabled ?? true) {
      this.enable();
    }
  }

  /** Begins. Calls in flight are not seen. */
  enable(): void {
    if (this.isEnabled) {
      return;
    }
    this.isEnabled = true;
    for (const { request, event, retry } of Object.values(CALL_CHANNELS)) {
      request.subscribe(this.subscribers);
      event.subscribe(this.subscribers);
      retry.subscribe(this.retried);
    }
  }

  /** Ends. The spans of calls in flight are not ended. */
  disable(): void {
    this.isEnabled = false;
    for (const { request, event, retry } of Object.values(CALL_CHANNELS)) {
      request.unsubscribe(this.subscribers);
      event.unsubscribe(this.subscribers);
      retry.unsubscribe(this.retried);
    }
  }

  /** Uses this provider of tracers in place of the global one. */
  setTracerProvider(provider: TracerProvider): void {
    this.tracer = this.tracerOf(provider);
  }

  /** Uses this provider of meters in place of the global one. */
  setMeterProvider(provider: MeterProvider): void {
    this.durations.use(provider);
  }

  setConfig(config: RemoteInstrumentationConfig): void {
    this.config = config;
  }

  getConfig(): RemoteInstrumentationConfig {
    return this.config;
  }

  private start(call: RemoteCallMessage): void {
    const { side, metadata } = call;
    if (side === 'client') {
      const parent = context.active();
      propagation.inject(this.startSpan(call, parent), metadata);
    } else {
      // What came in decides, not what happens to be active where messages are read.
      const scope = this.startSpan(call, propagation.extract(ROOT_CONTEXT, metadata));
      call.run = (handle) => context.with(scope, handle);
    }
  }

  /** Starts the span of a call. @returns the context in which it is the active one */
  private startSpan(call: RemoteCallMessage, parent: Context): Context {
    this.tracer ??= this.tracerOf(trace);
    const method = methodOf(call);
    const span = this.tracer.startSpan(method.spanName, method.spanOptions, parent);
    (call as ObservedMessage)[this.observed] = { span, method, startedAt: performance.now() };
    return trace.setSpan(parent, span);
  }

  /** A call that cannot even be made ends here. */
  private made(call: RemoteCallMessage): void {
    if (call.code !== undefined) {
      this.end(call);
    }
  }

  private end(call: RemoteCallMessage): void {
    const observed = this.take(call as ObservedMessage);
    if (!observed) {
      return;
    }
    const { span, method, startedAt } = observed;
    const elapsed = performance.now() - startedAt;
    const outcome = method.outcomeOf(call);
    if (span.isRecording()) {
      span.setAttributes(outcome.span);
      const details = detailsOf(call);
      if (details) {
        span.setAttributes(details);
      }
      if (call.code !== undefined) {
        span.setStatus({ code: SpanStatusCode.ERROR, message: messageOf(call.error) });
      }
    }
    span.end();
    this.durations.record(method.metric, elapsed, outcome.metric);
  }

  private retry({ call, code }: RemoteRetryMessage): void {
    (call as ObservedMessage)[this.observed]?.span.addEvent('retry', { 'error.type': code });
  }

  /** A call ends once: what is taken is not there any more. */
  private take(call: ObservedMessage): ObservedCall | undefined {
    const observed = call[this.observed];
    call[this.observed] = undefined;
    return observed;
  }

  private tracerOf(provider: Pick<TracerProvider, 'getTracer'>): Tracer {
    return provider.getTracer(this.instrumentationName, this.instrumentationVersion, {
      schemaUrl: SCHEMA_URL,
    });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
