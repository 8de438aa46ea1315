import type { RemoteServer } from 'nestjs-remote';
import type { CallObserver, CallResult, ObservedCall } from '../../lib/observe/call-observer.js';

/** A call that was observed: what it is, and each of its ends. */
export interface Observation {
  side: ObservedCall['side'];
  kind: ObservedCall['kind'];
  method: string;
  ends: CallResult[];
}

/** Writes down every call that it observes. */
export class RecordingObserver implements CallObserver {
  readonly observations: Observation[] = [];
  private readonly byCall = new Map<ObservedCall, Observation>();

  started(call: ObservedCall): void {
    if (this.byCall.has(call)) {
      throw new Error(`'${call.method}' has started twice`);
    }
    const observation = { side: call.side, kind: call.kind, method: call.method, ends: [] };
    this.byCall.set(call, observation);
    this.observations.push(observation);
  }

  ended(call: ObservedCall, result: CallResult): void {
    const observation = this.byCall.get(call);
    if (!observation) {
      throw new Error(`'${call.method}' has ended, and has never started`);
    }
    observation.ends.push(result);
  }

  /** The ends of the calls of a method, in the order in which the calls started. */
  endsOf(method: string): CallResult[][] {
    return this.observations.filter((call) => call.method === method).map(({ ends }) => ends);
  }
}

/** Observes the calls of a server, for which there is no public option yet. */
export function observe(server: RemoteServer): RecordingObserver {
  const observer = new RecordingObserver();
  const { endpoint } = server as unknown as { endpoint: { observer: CallObserver } };
  endpoint.observer = observer;
  return observer;
}
