import { randomBytes } from 'node:crypto';
import type { DatagramKeys } from '../../../lib/nodes/security.js';
import { SealedClient } from '../../../lib/nodes/udp/sealing/sealed-client.js';
import { SealedServer } from '../../../lib/nodes/udp/sealing/sealed-server.js';
import type { FuzzTarget } from '../target.js';

const ADDRESS = '127.0.0.1:1';
const SECRET = randomBytes(32);
const KEYS: DatagramKeys['keys'] = [{ id: Buffer.from('k'), secret: () => SECRET }];

/** What somebody on the way does with each datagram, by a byte of the input. */
const STEPS = ['pass', 'drop', 'repeat', 'send back', 'flip', 'cut', 'request', 'respond'] as const;

/**
 * A client and a server of `udp://` with keys, and somebody between them who does what the bytes of an
 * input say. Each payload is delivered at most once, to whom it was meant, and unharmed.
 */
export function openSealedExchange(): FuzzTarget {
  return {
    name: 'sealed-exchange',
    seeds: [
      Buffer.of(0, 0, 0, 0, 6, 0, 7, 0),
      ...STEPS.map((_, step) => Buffer.of(0, 0, 0, 0, 6, step, 7, step, 6, 0)),
    ],
    run(input) {
      const exchange = new Exchange();
      try {
        return exchange.run(input.subarray(0, 64));
      } finally {
        exchange.close();
      }
    },
  };
}

type Side = 'client' | 'server';

/** A datagram on its way. */
interface Travelling {
  readonly to: Side;
  readonly datagram: Buffer;
}

class Exchange {
  private readonly client = new SealedClient(KEYS, false, this.ownerOf('server'));
  private readonly server = new SealedServer(KEYS, this.ownerOf('client'));
  private readonly travelling: Travelling[] = [];
  private readonly passed: Travelling[] = [];
  /** The numbers of payloads that were delivered. */
  private readonly delivered = new Set<number>();
  private readonly said = new Set<string>();
  private payloads = 0;

  run(steps: Buffer): string {
    this.client.start();
    steps.forEach((byte) => this.step(STEPS[byte % STEPS.length]!, byte));
    return [...this.said, this.delivered.size > 0 ? 'delivered' : 'nothing'].toSorted().join();
  }

  close(): void {
    this.client.close();
  }

  private step(step: (typeof STEPS)[number], byte: number): void {
    if (step === 'request' || step === 'respond') {
      this.send(step);
      return;
    }
    const old = this.passed[byte % Math.max(1, this.passed.length)];
    const next = step === 'repeat' || step === 'send back' ? old : this.travelling.shift();
    if (!next || step === 'drop') {
      return;
    }
    const { to, datagram } = next;
    if (step === 'send back') {
      this.deliver(to === 'server' ? 'client' : 'server', datagram);
    } else if (step === 'flip') {
      const altered = Buffer.from(datagram);
      altered[byte % altered.length]! ^= 1 + (byte % 255);
      this.deliver(to, altered);
    } else {
      this.deliver(to, step === 'cut' ? datagram.subarray(0, -1 - (byte % 16)) : datagram);
      this.passed.push(next);
    }
  }

  private send(what: 'request' | 'respond'): void {
    const isRequest = what === 'request';
    const payload = Buffer.of(0x82, isRequest ? 0 : 1, this.payloads++);
    try {
      const datagram = isRequest ? this.client.seal(payload) : this.server.seal(payload, ADDRESS);
      this.travelling.push({ to: isRequest ? 'server' : 'client', datagram });
    } catch {
      this.said.add('no session');
    }
  }

  private deliver(to: Side, datagram: Buffer): void {
    const payload = this[to].open(datagram, ADDRESS);
    if (!payload) {
      return;
    }
    const [first, direction, number = -1] = payload;
    const isMeant = first === 0x82 && direction === (to === 'server' ? 0 : 1);
    if (!isMeant || number >= this.payloads || this.delivered.has(number)) {
      throw new Error(`delivers ${payload.toString('hex')} to the ${to}`);
    }
    this.delivered.add(number);
  }

  private ownerOf(to: Side) {
    return {
      send: (datagram: Buffer) => void this.travelling.push({ to, datagram }),
      up: () => void this.said.add('up'),
      down: () => void this.said.add('down'),
      dropped: (reason: string) => void this.said.add(reason),
      silent: () => undefined,
      ended: () => undefined,
    };
  }
}
