import type { RemoteServerOptions } from 'nestjs-remote';
import { setImmediate } from 'node:timers/promises';
import { Observable, finalize } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type Dealer, capability } from 'zeromq';
import { Key, Type, type WireMessage, header, readSequence, sequence } from '../extension/wire.js';
import { echo, listen } from '../robustness/plain-service.js';
import { rawDealer } from '../robustness/raw-sockets.js';
import { createClient } from '../support/nest.js';

const MEBIBYTE = 1024 * 1024;
const LARGE = 'x'.repeat(MEBIBYTE);

/** What a server holds for one peer, 64 MiB, and what the sockets and the kernel take besides. */
const BOUND = 64 + 40;

/** What a handler produces at most, lest a server without bounds take all the memory. */
const MOST = 400;

const FEW: RemoteServerOptions = {
  bind: 'tcp://127.0.0.1:*',
  socketOptions: { sendHighWaterMark: 4 },
};

async function* produce(values: number, pulled: () => void): AsyncGenerator<string> {
  for (let index = 0; index < values; index++) {
    pulled();
    yield `${String(index).padStart(4, '0')}${LARGE}`;
  }
}

/** Calls a method as a peer that takes one message at most until it reads. */
async function callWithoutReading(address: string, method: string): Promise<Dealer> {
  const slow = rawDealer(address, 1);
  await slow.send(['-', sequence([Type.REQUEST, 7, method, []], header())]);
  return slow;
}

/** Reads until the RESPONSE. */
async function readAll(dealer: Dealer): Promise<WireMessage[]> {
  const messages: WireMessage[] = [];
  for (;;) {
    const payload = (await dealer.receive()).at(-1);
    messages.push(...(payload ? readSequence(payload) : []));
    if (messages.at(-1)?.envelope[0] === Type.RESPONSE) {
      return messages;
    }
  }
}

describe('a consumer that does not read an Observable', () => {
  interface Production {
    produced: number;
    hasEnded: boolean;
  }

  /** Emits 1 MiB in each turn of the event loop until it is unsubscribed. */
  function large(production: Production): Observable<string> {
    return new Observable<string>((observer) => {
      const emit = (): void => {
        if (!observer.closed && production.produced < MOST) {
          production.produced++;
          observer.next(LARGE);
          void setImmediate().then(emit);
        }
      };
      emit();
    }).pipe(finalize(() => (production.hasEnded = true)));
  }

  it.each([
    ['a small high-water mark', FEW],
    ['the default options', { bind: 'tcp://127.0.0.1:*' }],
  ])('lets the server hold no more than its limit, with %s', async (_, options) => {
    const production = { produced: 0, hasEnded: false };
    const { address } = await listen(
      { requests: { large: async () => large(production) } },
      options,
    );
    await callWithoutReading(address, 'large');
    await expect.poll(() => production.hasEnded || production.produced === MOST).toBe(true);
    expect(production.hasEnded).toBe(true);
    expect(production.produced).toBeLessThan(BOUND);
  });

  it('gets RESOURCE_EXHAUSTED when it reads at last', async () => {
    const production = { produced: 0, hasEnded: false };
    const { address } = await listen({ requests: { large: async () => large(production) } }, FEW);
    const slow = await callWithoutReading(address, 'large');
    await expect.poll(() => production.hasEnded).toBe(true);

    const messages = await readAll(slow);
    const end = messages.at(-1);
    expect(end?.envelope.slice(0, 2)).toEqual([Type.RESPONSE, 7]);
    expect(end?.envelope[2]).toEqual([expect.any(String), expect.anything()]);
    expect(end?.header?.get(Key.CODE)).toBe('RESOURCE_EXHAUSTED');
    expect(messages.slice(0, -1).every(({ envelope }) => envelope[0] === Type.ITEM)).toBe(true);
  });

  it('holds up nobody else', async () => {
    const production = { produced: 0, hasEnded: false };
    const { address } = await listen(
      { requests: { echo, large: async () => large(production) } },
      FEW,
    );
    const other = createClient(address);
    await callWithoutReading(address, 'large');
    for (let call = 0; !production.hasEnded; call++) {
      expect(await other.call.echo(call)).toBe(call);
    }
    expect(await other.call.echo('after it')).toBe('after it');
  });

  it('has its next call served once it reads', async () => {
    const production = { produced: 0, hasEnded: false };
    const { address } = await listen(
      { requests: { echo, large: async () => large(production) } },
      FEW,
    );
    const slow = await callWithoutReading(address, 'large');
    await expect.poll(() => production.hasEnded).toBe(true);
    await readAll(slow);
    await slow.send(['-', sequence([Type.REQUEST, 8, 'echo', ['next']], header())]);
    expect((await readAll(slow)).at(-1)?.envelope).toEqual([Type.RESPONSE, 8, null, 'next']);
  });
});

describe('a consumer that does not read an async iterable', () => {
  const VALUES = 200;

  /** Waits until nothing more is pulled while others are served for a while. */
  async function untilNoMoreIsPulled(address: string, pulls: () => number): Promise<void> {
    const other = createClient(address);
    await expect.poll(pulls).toBeGreaterThan(0);
    for (let quiet = 0, last = 0; quiet < 200; quiet = pulls() === last ? quiet + 1 : 0) {
      last = pulls();
      expect(await other.call.echo(last)).toBe(last);
    }
  }

  it('has it pulled only so far, and the rest when it reads', async () => {
    let pulls = 0;
    const { address } = await listen(
      { requests: { echo, large: async () => produce(VALUES, () => pulls++) } },
      FEW,
    );
    const slow = await callWithoutReading(address, 'large');
    await untilNoMoreIsPulled(address, () => pulls);
    expect(pulls).toBeLessThan(BOUND);

    const messages = await readAll(slow);
    const end = messages.at(-1);
    expect(end?.envelope[2]).toBeNull();
    const values = messages
      .map(({ envelope: [type, , second, third] }) => (type === Type.ITEM ? second : third))
      .filter((value) => typeof value === 'string');
    expect(values.map((value) => Number(value.slice(0, 4)))).toEqual(
      Array.from({ length: VALUES }, (_, index) => index),
    );
    expect(pulls).toBe(VALUES);
  });

  it.skipIf(!capability.draft)('has it pulled no further when it goes away', async () => {
    let pulls = 0;
    let isOver = false;
    async function* large(): AsyncGenerator<string> {
      try {
        yield* produce(MOST, () => pulls++);
      } finally {
        isOver = true;
      }
    }
    const { address } = await listen({ requests: { echo, large: async () => large() } }, FEW);
    const slow = await callWithoutReading(address, 'large');
    await untilNoMoreIsPulled(address, () => pulls);
    slow.close();
    await expect.poll(() => isOver).toBe(true);
    expect(pulls).toBeLessThan(BOUND);
  });
});
