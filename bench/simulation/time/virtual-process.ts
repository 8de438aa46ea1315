import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import type { SeededRandom } from './seeded-random.js';
import type { TimedEvent } from './event-queue.js';
import type { VirtualTime } from './virtual-time.js';

/** The least delay of a timer, as in Node, in milliseconds. */
const LEAST_DELAY = 1;

/**
 * Puts a virtual time in the place of the clock, the timers and the ticks of this process, and seeded
 * numbers in that of all random ones: what runs here runs in that time, unchanged.
 *
 * @returns gives the process its own back
 */
export function virtualize(time: VirtualTime, random: SeededRandom): () => void {
  const restores = [
    replace(globalThis, {
      setTimeout: (run: (...given: unknown[]) => void, delay = 0, ...given: unknown[]) =>
        new VirtualTimer(time, delay, () => run(...given)),
      setImmediate: (run: (...given: unknown[]) => void, ...given: unknown[]) =>
        new VirtualTimer(time, 0, () => run(...given), 0),
      clearTimeout: clear,
      clearImmediate: clear,
    }),
    replace(process, {
      nextTick: (run: (...given: unknown[]) => void, ...given: unknown[]) =>
        time.nextTick(() => run(...given)),
    }),
    replace(performance, { now: () => time.now }),
    replace(Date, { now: () => time.now }),
    replace(Math, { random: random.next }),
    replaceCrypto(random),
  ];
  return () => restores.forEach((restore) => restore());
}

/** What `setTimeout` and `setImmediate` return. */
class VirtualTimer {
  private event: TimedEvent;

  constructor(
    private readonly time: VirtualTime,
    private readonly delay: number,
    private readonly run: () => void,
    private readonly least = LEAST_DELAY,
  ) {
    this.event = this.start();
  }

  /** Nothing keeps a virtual process alive. */
  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  refresh(): this {
    this.stop();
    this.event = this.start();
    return this;
  }

  stop(): void {
    this.event.run = undefined;
  }

  private start(): TimedEvent {
    const { time, delay, least } = this;
    return time.after(Math.max(least, Math.trunc(delay)), this.run);
  }
}

function clear(timer: unknown): void {
  if (timer instanceof VirtualTimer) {
    timer.stop();
  }
}

/** Those who have imported a function of `node:crypto` by its name get the other one, too. */
function replaceCrypto(random: SeededRandom): () => void {
  const fill = <Bytes extends ArrayBufferView>(bytes: Bytes): Bytes => {
    const { buffer, byteOffset, byteLength } = bytes;
    const view = new Uint8Array(buffer, byteOffset, byteLength);
    view.forEach((_byte, index) => (view[index] = random.word()));
    return bytes;
  };
  const restore = replace(crypto, {
    randomFillSync: fill,
    randomBytes: (size: number) => fill(Buffer.alloc(size)),
    randomUUID: () => fill(Buffer.alloc(16)).toString('hex'),
  });
  syncBuiltinESMExports();
  return () => {
    restore();
    syncBuiltinESMExports();
  };
}

/** Replaces members of an object. @returns puts the former ones back */
function replace(target: object, members: Readonly<Record<string, unknown>>): () => void {
  const before = Object.keys(members).map((name) => ({
    name,
    descriptor: Object.getOwnPropertyDescriptor(target, name),
  }));
  for (const [name, value] of Object.entries(members)) {
    Object.defineProperty(target, name, { value, configurable: true, writable: true });
  }
  return () => {
    for (const { name, descriptor } of before) {
      if (descriptor) {
        Object.defineProperty(target, name, descriptor);
      } else {
        Reflect.deleteProperty(target, name);
      }
    }
  };
}
