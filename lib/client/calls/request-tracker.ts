import { randomFillSync } from 'node:crypto';
import { RemoteCallError } from '../../errors/remote-call.error.js';
import { IdMap } from '../../calls/id-map.js';

/** How often an id is drawn again on a clash before giving up, as in the original. */
const MAX_DRAWS = 10;

/** How long the id of a call that ended without its response is not drawn again, in milliseconds. */
const RETIREMENT = 60_000;

/** How many retired ids are remembered at most; the oldest go first. */
const MAX_RETIRED = 65_536;

/**
 * The calls in flight of one client, by request id.
 *
 * Ids are random unsigned 32-bit integers, unique among the calls in flight. The id of a call that
 * ended without its response is retired, so that a late response never meets a new call.
 *
 * Mirrors `RequestTracker` of the Python original, which has no retirement.
 */
export class RequestTracker<Call> {
  private readonly calls = new IdMap<Call>();
  /** Retired ids with the time at which they may be drawn again, oldest first. */
  private readonly retired = new Map<number, number>();

  /**
   * @param draw gives a random unsigned 32-bit integer
   * @param now gives the time in milliseconds
   */
  constructor(
    private readonly draw: () => number = drawId,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** How many calls are in flight. */
  get size(): number {
    return this.calls.size;
  }

  /**
   * Draws an id that no call in flight has.
   *
   * @throws {RemoteCallError} `RESOURCE_EXHAUSTED` when ten drawn ids in a row were taken
   */
  nextId(): number {
    for (let draws = 0; draws < MAX_DRAWS; draws++) {
      const id = this.draw();
      if (!this.calls.has(id) && !this.isRetired(id)) {
        return id;
      }
    }
    throw new RemoteCallError(
      'unable to generate a request ID',
      { inFlight: this.calls.size },
      { code: 'RESOURCE_EXHAUSTED' },
    );
  }

  /** Adds a call under an id of {@link nextId}. */
  add(id: number, call: Call): void {
    this.calls.set(id, call);
  }

  /** The call in flight under this id. */
  get(id: number): Call | undefined {
    return this.calls.get(id);
  }

  /** Ends a call with its response, or before it was sent: its id is free again. */
  complete(id: number): void {
    this.calls.delete(id);
  }

  /** Ends a call without its response: its id is not drawn again for 60 s. */
  retire(id: number): void {
    if (!this.calls.delete(id)) {
      return;
    }
    const now = this.now();
    this.retired.set(id, now + RETIREMENT);
    for (const [oldest, until] of this.retired) {
      if (until > now && this.retired.size <= MAX_RETIRED) {
        break;
      }
      this.retired.delete(oldest);
    }
  }

  /** Whether a call of this id ended without its response in the last 60 s. */
  isRetired(id: number): boolean {
    const until = this.retired.get(id);
    return until !== undefined && until > this.now();
  }

  /** Whether any call in flight is such a one. */
  some(isSuch: (call: Call) => boolean): boolean {
    return this.calls.some(isSuch);
  }

  /** The calls in flight, in no order. */
  values(): Call[] {
    return this.calls.values();
  }
}

const drawn = new Uint32Array(1024);
let next = drawn.length;

/**
 * Draws from the system's secure generator, many at a time, since a call to it costs more than a request.
 * 31 bits are what the engine has for integers without an object of their own.
 */
function drawId(): number {
  if (next === drawn.length) {
    randomFillSync(drawn);
    next = 0;
  }
  return (drawn[next++] as number) >>> 1;
}
