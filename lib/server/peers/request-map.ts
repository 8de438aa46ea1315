import type { RawItem } from '../../cbor/values.js';
import { IdMap } from '../../calls/id-map.js';
import type { RequestId } from '../../protocol/message.js';

/** The requests of one peer that run, by the ids that the peer chose. */
export class RequestMap<Request> {
  private readonly requests = new IdMap<Request>();
  /** Those whose ids are no numbers, as only foreign clients choose them. */
  private readonly oddRequests = new Map<string, Request>();

  get size(): number {
    return this.requests.size + this.oddRequests.size;
  }

  /** Adds a request; false where one of the same id runs already. */
  add(id: RequestId, request: Request): boolean {
    if (typeof id === 'number') {
      return this.requests.add(id, request);
    }
    if (this.get(id)) {
      return false;
    }
    this.oddRequests.set(textOf(id), request);
    return true;
  }

  get(id: RequestId): Request | undefined {
    return typeof id === 'number' ? this.requests.get(id) : this.oddRequests.get(textOf(id));
  }

  delete(id: RequestId): void {
    if (typeof id === 'number') {
      this.requests.delete(id);
    } else {
      this.oddRequests.delete(textOf(id));
    }
  }

  values(): Request[] {
    return [...this.requests.values(), ...this.oddRequests.values()];
  }
}

function textOf({ bytes }: RawItem): string {
  return Buffer.from(bytes).toString('latin1');
}
