import type { Observer, Subscribable } from 'rxjs';
import type { LoadClient } from '../transports/transport.js';
import { type Method, type Request, pack, unpackResponses } from './packed-envelopes.js';

type Sink = Partial<Observer<unknown>>;

const NOTHING_TO_END = { unsubscribe: () => undefined };

/**
 * The least that a client can do: it sends what its callers want in one tick as one message, and
 * finds the caller of a response. There are no errors and no time limits.
 */
export class PackedClient implements LoadClient {
  private readonly callers = new Map<number, Sink>();
  private lastId = 0;
  private requests: Request[] = [];
  private emitters: Sink[] = [];
  private isSending = false;

  /** @param sendMessage resolves when the next message may be sent */
  constructor(private readonly sendMessage: (message: Buffer) => Promise<void>) {}

  send(method: Method, data: Request[2]): Subscribable<unknown> {
    return {
      subscribe: (caller) => {
        const id = ++this.lastId;
        this.callers.set(id, caller);
        return this.add([id, method, data]);
      },
    };
  }

  emit(method: Method, data: Request[2]): Subscribable<unknown> {
    return {
      subscribe: (emitter) => {
        this.emitters.push(emitter);
        return this.add([0, method, data]);
      },
    };
  }

  /** Gives the responses of this message to their callers. */
  receive(message: Buffer): void {
    for (const [id, result] of unpackResponses(message)) {
      const caller = this.callers.get(id);
      this.callers.delete(id);
      caller?.next?.(result);
      caller?.complete?.();
    }
  }

  private add(request: Request): typeof NOTHING_TO_END {
    if (this.requests.push(request) === 1 && !this.isSending) {
      process.nextTick(() => void this.flush());
    }
    return NOTHING_TO_END;
  }

  private async flush(): Promise<void> {
    this.isSending = true;
    while (this.requests.length > 0) {
      const { requests, emitters } = this;
      this.requests = [];
      this.emitters = [];
      await this.sendMessage(pack(requests));
      emitters.forEach((emitter) => emitter.complete?.());
    }
    this.isSending = false;
  }
}
