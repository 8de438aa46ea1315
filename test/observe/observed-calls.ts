import { tracingChannel } from 'node:diagnostics_channel';
import type { RemoteCallMessage } from 'nestjs-remote';
import { onTestFinished } from 'vitest';

/** A call that was observed: what it is, and each of its ends. */
export interface Observation {
  side: RemoteCallMessage['side'];
  kind: RemoteCallMessage['kind'];
  method: string;
  /** `'ok'`, or the code of its error. */
  ends: string[];
}

/** Writes down every call of a client or a server. */
export class CallRecorder {
  readonly observations: Observation[] = [];
  private readonly byCall = new Map<RemoteCallMessage, Observation>();

  constructor(private readonly source: object) {}

  readonly start = (call: RemoteCallMessage): void => {
    if (call.source !== this.source) {
      return;
    }
    if (this.byCall.has(call)) {
      throw new Error(`'${call.method}' has started twice`);
    }
    const { side, kind, method } = call;
    const observation: Observation = { side, kind, method, ends: [] };
    this.byCall.set(call, observation);
    this.observations.push(observation);
  };

  readonly asyncEnd = (call: RemoteCallMessage): void => {
    if (call.source !== this.source) {
      return;
    }
    const observation = this.byCall.get(call);
    if (!observation) {
      throw new Error(`'${call.method}' has ended, and has never started`);
    }
    observation.ends.push(call.code ?? 'ok');
  };

  /** It could not even be made. */
  readonly end = (call: RemoteCallMessage): void => {
    const hasEnded = (this.byCall.get(call)?.ends.length ?? 0) > 0;
    if (call.code !== undefined && !hasEnded) {
      this.asyncEnd(call);
    }
  };

  /** The ends of the calls of a method, in the order in which the calls started. */
  endsOf(method: string): string[][] {
    return this.observations.filter((call) => call.method === method).map(({ ends }) => ends);
  }
}

/** Observes the calls of a client or a server, until the test has finished. */
export function observe(source: object): CallRecorder {
  const recorder = new CallRecorder(source);
  const { start, end, asyncEnd } = recorder;
  for (const side of ['client', 'server']) {
    for (const kind of ['request', 'event']) {
      const channel = tracingChannel<unknown, RemoteCallMessage>(`nestjs-remote:${side}.${kind}`);
      for (const [name, listener] of Object.entries({ start, end, asyncEnd })) {
        const part = channel[name as 'start' | 'end' | 'asyncEnd'];
        const subscriber = (call: unknown): void => listener(call as RemoteCallMessage);
        part.subscribe(subscriber);
        onTestFinished(() => {
          part.unsubscribe(subscriber);
        });
      }
    }
  }
  return recorder;
}
