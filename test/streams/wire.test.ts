import { EMPTY, Observable, Subject, concat, of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Received } from '../extension/inbox.js';
import { RawClient } from '../extension/raw-client.js';
import { Key, Type } from '../extension/wire.js';
import { listen } from '../robustness/plain-service.js';

/** How many ITEMs a RESPONSE says that went before it. */
const itemsOf = ({ header }: Received): unknown => header?.get(Key.ITEMS) ?? 0;

const envelopes = (received: readonly Received[]): unknown[] =>
  received.map(({ envelope }) => envelope);

/** A handler whose values the test emits, and a peer with a request of it under id 7. */
async function startSubject(
  head?: null,
): Promise<{ values: Subject<unknown>; peer: RawClient; next: () => Promise<Received> }> {
  const values = new Subject<unknown>();
  let isSubscribed = false;
  const { address } = await listen({
    requests: {
      values: async () =>
        new Observable((observer) => {
          isSubscribed = true;
          return values.subscribe(observer);
        }),
    },
  });
  const peer = new RawClient(address);
  await peer.request(7, 'values', [], head);
  await expect.poll(() => isSubscribed).toBe(true);
  return { values, peer, next: () => peer.inbox.next() };
}

/** All answers to one request, the RESPONSE last. */
async function answersTo(
  result: unknown,
  head?: null,
): Promise<{ answers: Received[]; payload: string }> {
  const { address } = await listen({ requests: { x: async () => result } });
  const peer = new RawClient(address);
  await peer.request(7, 'x', [], head);
  const answers = await peer.inbox.untilAnswered(7);
  return { answers, payload: peer.inbox.payloads[0]?.payload.toString('hex') ?? '' };
}

describe('a response with one value', () => {
  it.each([
    ['a plain value', 5],
    ['an Observable that completes in the tick of its value', of(5)],
  ])('is a plain RESPONSE with an empty header: %s', async (_, result) => {
    const { payload } = await answersTo(result);
    expect(payload).toBe('840107f605a0');
  });

  it('is an ITEM and a RESPONSE of undefined when the end comes in a later tick', async () => {
    const { values, next } = await startSubject();
    values.next('only');
    expect((await next()).envelope).toEqual([Type.ITEM, 7, 'only']);
    values.complete();
    const end = await next();
    expect(end.payload.toString('hex')).toMatch(/^840107f6f7/u);
    expect(itemsOf(end)).toBe(1);
  });
});

describe('a response with several values', () => {
  it('of one tick has the last of them as result, and counts the ITEMs before it', async () => {
    const { answers } = await answersTo(of(1, 2, 3));
    expect(envelopes(answers)).toEqual([
      [Type.ITEM, 7, 1],
      [Type.ITEM, 7, 2],
      [Type.RESPONSE, 7, null, 3],
    ]);
    expect(itemsOf(answers.at(-1) as Received)).toBe(2);
  });

  it('of different ticks leaves as ITEMs, and a RESPONSE of undefined that counts them', async () => {
    const { values, peer, next } = await startSubject();
    for (const value of ['a', 'b', 'c']) {
      values.next(value);
      expect((await next()).envelope).toEqual([Type.ITEM, 7, value]);
    }
    values.complete();
    const end = await next();
    expect(end.envelope).toEqual([Type.RESPONSE, 7, null, undefined]);
    expect(end.payload.toString('hex')).toMatch(/^840107f6f7/u);
    expect(itemsOf(end)).toBe(3);
    expect(peer.inbox.of(Type.RESPONSE)).toHaveLength(1);
  });

  it('holds a value back only until the end of its tick', async () => {
    const { values, next } = await startSubject();
    values.next(1);
    values.next(2);
    expect((await next()).envelope).toEqual([Type.ITEM, 7, 1]);
    expect((await next()).envelope).toEqual([Type.ITEM, 7, 2]);
    values.next(3);
    values.complete();
    const end = await next();
    expect(end.envelope).toEqual([Type.RESPONSE, 7, null, 3]);
    expect(itemsOf(end)).toBe(2);
  });

  it('has a header behind the first envelope of every payload', async () => {
    const { address } = await listen({ requests: { x: async () => of(1, 2, 3) } });
    const peer = new RawClient(address);
    await peer.request(7, 'x');
    await peer.inbox.untilAnswered(7);
    for (const { messages } of peer.inbox.payloads) {
      expect(messages[0]?.header).toBeInstanceOf(Map);
    }
  });

  it('that fails has its values as ITEMs before the error, which counts them', async () => {
    const { answers } = await answersTo(
      concat(
        of(1, 2),
        throwError(() => ({ message: 'no' })),
      ),
    );
    expect(envelopes(answers)).toEqual([
      [Type.ITEM, 7, 1],
      [Type.ITEM, 7, 2],
      [Type.RESPONSE, 7, ['no', new Map()], null],
    ]);
    expect(itemsOf(answers.at(-1) as Received)).toBe(2);
  });

  it('is the same for an async generator', async () => {
    const received: (() => void)[] = [];
    async function* generate(): AsyncGenerator<number> {
      for (const value of [1, 2]) {
        yield value;
        await new Promise<void>((resolve) => received.push(resolve));
      }
    }
    const { address } = await listen({ requests: { x: async () => generate() } });
    const peer = new RawClient(address);
    await peer.request(7, 'x');
    for (const value of [1, 2]) {
      expect((await peer.inbox.next()).envelope).toEqual([Type.ITEM, 7, value]);
      await expect.poll(() => received.length).toBe(value);
      received.at(-1)?.();
    }
    const end = await peer.inbox.next();
    expect(end.envelope).toEqual([Type.RESPONSE, 7, null, undefined]);
    expect(itemsOf(end)).toBe(2);
  });
});

describe('a response without a value', () => {
  it('is a RESPONSE of undefined that counts no ITEMs', async () => {
    const { answers, payload } = await answersTo(EMPTY);
    expect(payload).toMatch(/^840107f6f7a/u);
    expect(answers).toHaveLength(1);
    expect(itemsOf(answers[0] as Received)).toBe(0);
  });
});

describe('a base client', () => {
  it('gets one RESPONSE with the last value of one tick', async () => {
    const { answers, payload } = await answersTo(of(1, 2, 3), null);
    expect(envelopes(answers)).toEqual([[Type.RESPONSE, 7, null, 3]]);
    expect(payload).toMatch(/^840107f603/u);
  });

  it('gets one RESPONSE with the last value of several ticks', async () => {
    const { values, peer } = await startSubject(null);
    values.next('a');
    // An answer of a later tick: what was to be sent for the value has been sent before it.
    await peer.call('unknown');
    values.next('b');
    await peer.call('unknown');
    values.complete();
    expect(envelopes(await peer.inbox.untilAnswered(7))).toEqual([[Type.RESPONSE, 7, null, 'b']]);
  });

  it('gets null where there is no value', async () => {
    const { payload } = await answersTo(EMPTY, null);
    expect(payload).toMatch(/^840107f6f6/u);
  });
});
