import {
  CALL_CHANNELS,
  type CallChannels,
  type CallKind,
  type CallSide,
  type RemoteCallMessage,
} from './call-channels.js';
import { CallStats, type CountedCall } from './call-stats.js';
import { type CallProblem, type CallResult, CallTrace } from './call-trace.js';

/** A call that is observed. */
export interface ObservedCall extends CountedCall {
  readonly method: string;
  /** Publishes it; undefined where nobody subscribed when it began. */
  readonly trace?: CallTrace | undefined;
  runInAsyncScope(run: () => void): void;
}

/** What is known of a call when it begins. */
export type CallFacts = Pick<RemoteCallMessage, 'kind' | 'method' | 'args' | 'peer'> & {
  metadata: Record<string, string> | undefined;
};

/** Sees each call of one client or server begin and end: counts it, and publishes it to subscribers. */
export class CallObserver {
  readonly stats = new CallStats();
  private readonly channels: CallChannels;

  /**
   * @param source the client or server, which subscribers get
   * @param isKnown whether there is a handler
   */
  constructor(
    private readonly side: CallSide,
    private readonly source: object,
    private readonly isKnown: (method: string, kind: CallKind) => boolean = () => true,
  ) {
    this.channels = CALL_CHANNELS[side];
  }

  /** Whether a call that begins now needs a trace. */
  isWatched(kind: CallKind): boolean {
    return this.channels.hasSubscribers(kind);
  }

  /** The trace of a call that begins. */
  trace({ kind, method, args, metadata, peer }: CallFacts): CallTrace {
    return new CallTrace(this.channels, {
      side: this.side,
      kind,
      method,
      args,
      metadata: { ...metadata },
      peer,
      source: this.source,
      isKnown: this.isKnown(method, kind),
      items: 0,
      retries: 0,
    });
  }

  /** A call was made (client), or its request or event came in (server). */
  started(call: ObservedCall): void {
    this.stats.started(call);
  }

  /** A call has ended, once; nothing that belongs to it happens afterwards. */
  ended(call: ObservedCall, result: CallResult, problem: CallProblem | undefined): void {
    this.stats.ended(call, result === 'ok' ? undefined : result);
    const { trace } = call;
    if (trace) {
      call.runInAsyncScope(() => trace.ended(result, problem));
    }
  }

  linkUp(address: string): void {
    const { side, source } = this;
    this.channels.link.publish({ side, state: 'up', address, source });
  }

  linkDown(address: string, reason: string): void {
    const { side, source } = this;
    this.channels.link.publish({ side, state: 'down', address, reason, source });
  }
}
