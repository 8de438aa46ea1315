import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DatagramKeys } from '../../../lib/nodes/security.js';
import { readEncrypt0 } from '../../../lib/nodes/udp/sealing/encrypt0-reader.js';
import { SealedClient } from '../../../lib/nodes/udp/sealing/sealed-client.js';
import { SealedServer } from '../../../lib/nodes/udp/sealing/sealed-server.js';

const secret = randomBytes(32);
const keys: DatagramKeys['keys'] = [{ id: Buffer.from('k'), secret: () => secret }];

/** A datagram that somebody on the way has recorded. */
interface Recorded {
  readonly to: 'client' | 'server';
  readonly datagram: Buffer;
}

/** A client and a server, whose datagrams go where a hostile network likes. */
class World {
  readonly recorded: Recorded[] = [];
  /** The payloads that were taken, by both sides. */
  readonly taken: number[] = [];
  isUp = false;
  private payloads = 0;
  private passed = 0;
  private client = this.newClient();
  private server = this.newServer();

  constructor() {
    this.client.start();
  }

  /** Delivers a recorded datagram, perhaps altered, sent back, or under another address. */
  deliver({ to, datagram }: Recorded, source = 'a'): void {
    const payload = this[to].open(datagram, source);
    if (payload) {
      this.taken.push(payload.readUInt32BE(1));
    }
  }

  /** Delivers what nobody has looked at yet, and what that leads to. */
  pass(): void {
    for (; this.passed < this.recorded.length; this.passed++) {
      this.deliver(this.recorded[this.passed] as Recorded);
    }
  }

  /** Keeps back what would pass next. */
  hold(): void {
    this.passed = this.recorded.length;
  }

  request(): void {
    this.recorded.push({ to: 'server', datagram: this.client.seal(this.newPayload()) });
  }

  /** @returns false where the server knows no session */
  respond(): boolean {
    try {
      this.recorded.push({ to: 'client', datagram: this.server.seal(this.newPayload(), 'a') });
      return true;
    } catch {
      return false;
    }
  }

  restartServer(): void {
    this.server = this.newServer();
  }

  restartClient(): void {
    this.client.close();
    this.isUp = false;
    this.client = this.newClient();
    this.client.start();
  }

  close(): void {
    this.client.close();
  }

  private newPayload(): Buffer {
    const payload = Buffer.alloc(5, 0x81);
    payload.writeUInt32BE(this.payloads++, 1);
    return payload;
  }

  private newClient(): SealedClient {
    return new SealedClient(keys, false, this.ownerOf('server'));
  }

  private newServer(): SealedServer {
    return new SealedServer(keys, this.ownerOf('client'));
  }

  private ownerOf(to: Recorded['to']) {
    const ignore = (): void => undefined;
    return {
      send: (datagram: Buffer) => void this.recorded.push({ to, datagram }),
      up: () => void (this.isUp = true),
      down: () => void (this.isUp = false),
      dropped: ignore,
      silent: ignore,
      ended: ignore,
    };
  }
}

/** What happens next; a place from 0 to 1 chooses one of the recorded datagrams, the latest at 1. */
const place = fc.double({ min: 0, max: 1, noNaN: true });
const step = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ name: 'request' } as const) },
  { weight: 3, arbitrary: fc.constant({ name: 'respond' } as const) },
  { weight: 6, arbitrary: fc.constant({ name: 'pass' } as const) },
  { weight: 2, arbitrary: fc.constant({ name: 'hold' } as const) },
  { weight: 6, arbitrary: place.map((at) => ({ name: 'deliver', at }) as const) },
  { weight: 1, arbitrary: place.map((at) => ({ name: 'send back', at }) as const) },
  { weight: 1, arbitrary: place.map((at) => ({ name: 'send from elsewhere', at }) as const) },
  {
    weight: 1,
    arbitrary: fc.record({ name: fc.constant('alter' as const), at: place, byte: place }),
  },
  { weight: 1, arbitrary: fc.constant({ name: 'restart server' } as const) },
  { weight: 1, arbitrary: fc.constant({ name: 'restart client' } as const) },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

function take(world: World, next: Step): void {
  const { recorded } = world;
  const chosen = 'at' in next ? recorded[Math.round(next.at * (recorded.length - 1))] : undefined;
  switch (next.name) {
    case 'request':
      world.request();
      break;
    case 'respond':
      world.respond();
      break;
    case 'pass':
      world.pass();
      break;
    case 'hold':
      world.hold();
      break;
    case 'restart server':
      world.restartServer();
      break;
    case 'restart client':
      world.restartClient();
      break;
    default:
      if (chosen) {
        meddle(world, next, chosen);
      }
  }
}

function meddle(world: World, next: Step, chosen: Recorded): void {
  const { to, datagram } = chosen;
  if (next.name === 'send back') {
    world.deliver({ to: to === 'client' ? 'server' : 'client', datagram });
  } else if (next.name === 'send from elsewhere') {
    world.deliver(chosen, 'elsewhere');
  } else if (next.name === 'alter') {
    const altered = Buffer.from(datagram);
    const at = Math.floor(next.byte * (altered.length - 1));
    altered[at] = (altered[at] ?? 0) ^ 0x10;
    world.deliver({ to, datagram: altered });
  } else {
    world.deliver(chosen);
  }
}

describe('over a network that loses, repeats, alters, sends back and reorders datagrams', () => {
  const run = (check: (world: World) => void): void => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
        const world = new World();
        try {
          world.pass();
          steps.forEach((next) => take(world, next));
          check(world);
        } finally {
          world.close();
        }
      }),
      { numRuns: 120 },
    );
  };

  it('each payload is taken at most once, whoever is restarted', () => {
    let total = 0;
    run(({ taken }) => {
      expect(new Set(taken).size).toBe(taken.length);
      total += taken.length;
    });
    expect(total).toBeGreaterThan(200);
  });

  it('no counter of a session is used twice', () => {
    run(({ recorded }) => {
      const used = recorded.map(({ datagram }) => {
        const { context, counter } = readEncrypt0(datagram) ?? {};
        return `${context?.subarray(0, 16).toString('hex')} ${counter}`;
      });
      expect(new Set(used).size).toBe(used.length);
    });
  });

  it('client and server find each other once it does so no more', () => {
    run((world) => {
      world.restartClient(); // Its probe is repeated by the clock, which stands still here.
      world.pass();
      expect(world.isUp).toBe(true);
      const before = world.taken.length;
      world.request();
      world.pass();
      expect(world.respond()).toBe(true);
      world.pass();
      expect(world.taken.length).toBe(before + 2);
    });
  });
});
