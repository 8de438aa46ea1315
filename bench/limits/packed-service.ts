import { BenchController, type EventCount } from '../service.js';
import { type Response, pack, unpackRequests } from './packed-envelopes.js';

/** Calls the handlers that the Nest apps have, without Nest. */
export class PackedService {
  private readonly controller = new BenchController();

  /** @returns the responses to all calls of this message in one, if there are any */
  respond(message: Buffer): Buffer | undefined {
    const responses: Response[] = [];
    for (const [id, method, data] of unpackRequests(message)) {
      const result = this.controller[method](data);
      if (id > 0) {
        responses.push([id, result]);
      }
    }
    return responses.length > 0 ? pack(responses) : undefined;
  }

  countEvents(): EventCount {
    return this.controller.countEvents();
  }
}
