import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CallQueue } from '../../lib/server/calls/call-queue.js';
import { IncomingCall } from '../../lib/server/calls/incoming-call.js';
import type { Node } from '../../lib/nodes/node.js';
import { Peer } from '../../lib/server/peers/peer.js';

const peerOf = (name: string): Peer<IncomingCall> =>
  new Peer<IncomingCall>({} as Node, Buffer.from(name), undefined);

const peer = peerOf('a');
const others = [peerOf('b'), peerOf('c')] as const;
const owner = { settled: () => undefined, released: () => undefined, streaming: () => undefined };

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

function callOf(size = 0, sender = peer): IncomingCall {
  const arrival = { peer: sender, isExtended: true, at: performance.now(), size };
  return new IncomingCall(arrival, 1, 'run', [], undefined, 0, owner);
}

function queueOf(limits: { maxCalls?: number; maxBytes?: number } = {}): CallQueue {
  return new CallQueue({ maxCalls: 1000, maxBytes: 1000, ...limits });
}

/** Adds calls, of which one leaves every so many milliseconds until so many have left. */
function serve(queue: CallQueue, waiting: number, interval: number, departures: number): void {
  while (queue.size < waiting) {
    queue.add(callOf());
  }
  for (let count = 0; count < departures; count++) {
    vi.advanceTimersByTime(interval);
    queue.depart(queue.first as IncomingCall, performance.now());
  }
}

describe('a queue', () => {
  it('is left by the oldest call first', () => {
    const queue = queueOf();
    const [one, two] = [callOf(), callOf()];
    queue.add(one);
    queue.add(two);
    expect(queue.first).toBe(one);
    queue.depart(one, performance.now());
    expect(queue.first).toBe(two);
    expect(queue.delete(one)).toBe(false);
    expect(queue.clear()).toEqual([two]);
    expect(queue.first).toBeUndefined();
  });

  it('has room for so many calls', () => {
    const queue = queueOf({ maxCalls: 1 });
    const call = callOf();
    expect(queue.fits(call)).toBe(true);
    queue.add(call);
    expect(queue.fits(callOf())).toBe(false);
    queue.delete(call);
    expect(queue.fits(callOf())).toBe(true);
  });

  it('has room for as many more as are about to leave it', () => {
    const queue = queueOf({ maxCalls: 1 });
    queue.add(callOf());
    expect(queue.fits(callOf(), 1)).toBe(true);
    queue.add(callOf());
    expect(queue.fits(callOf(), 1)).toBe(false);
  });

  it('has room for so many bytes, and for one call of any size', () => {
    const queue = queueOf({ maxBytes: 100 });
    expect(queue.fits(callOf(101))).toBe(true);
    queue.add(callOf(60));
    expect(queue.fits(callOf(41))).toBe(false);
    expect(queue.fits(callOf(40))).toBe(true);
    queue.clear();
    queue.add(callOf(101));
    expect(queue.fits(callOf(0))).toBe(false);
  });
});

describe('a queue for several peers', () => {
  /** Adds so many calls of a peer. */
  function addTo(queue: CallQueue, sender: Peer<IncomingCall>, count: number, size = 0): void {
    for (let added = 0; added < count; added++) {
      queue.add(callOf(size, sender));
    }
  }

  /** The senders of so many calls that leave next. */
  function leave(queue: CallQueue, count: number): Peer<IncomingCall>[] {
    return Array.from({ length: count }, () => {
      const call = queue.first as IncomingCall;
      queue.depart(call, performance.now());
      return call.peer;
    });
  }

  it('gives them turns, and each one its calls in their order', () => {
    const queue = queueOf();
    const [a1, a2, b, c] = [peer, peer, ...others].map((sender) => callOf(0, sender));
    [a1, a2, b, c].forEach((call) => queue.add(call!));
    for (const call of [a1, b, c, a2]) {
      expect(queue.first).toBe(call);
      queue.depart(call!, performance.now());
    }
    expect(queue.size).toBe(0);
  });

  it('lets one that comes wait for one call of each other', () => {
    const queue = queueOf();
    addTo(queue, peer, 100);
    leave(queue, 10);
    addTo(queue, others[0], 2);
    expect(leave(queue, 6)).toEqual([peer, others[0], peer, others[0], peer, peer]);
  });

  it('keeps the turn of one whose call ends while it waits', () => {
    const queue = queueOf();
    const call = callOf();
    queue.add(call);
    addTo(queue, peer, 1);
    addTo(queue, others[0], 1);
    queue.delete(call);
    expect(leave(queue, 2)).toEqual([peer, others[0]]);
  });

  it('gives up all calls, oldest first', () => {
    const queue = queueOf();
    const calls = [peer, others[0], peer, others[1]].map((sender) => callOf(0, sender));
    calls.forEach((call) => queue.add(call));
    expect(queue.clear()).toEqual(calls);
    expect([queue.size, queue.peers, queue.first]).toEqual([0, 0, undefined]);
  });

  it('expects each to wait for its own line and the turns of the others', () => {
    const queue = queueOf();
    serve(queue, 101, 10, 1);
    addTo(queue, others[0], 4);
    expect(queue.expectedWait(others[1])).toBeCloseTo(30, 0);
    expect(queue.expectedWait(others[0])).toBeCloseTo(100, 0);
    expect(queue.expectedWait(peer)).toBeCloseTo(1050, 0);
  });

  it.each([
    ['places', { maxCalls: 10 }, 0],
    ['bytes', { maxBytes: 1000 }, 100],
  ])('has one with too many %s make room for one with less', (_, limits, size) => {
    const queue = queueOf(limits);
    const oldest = callOf(size);
    queue.add(oldest);
    addTo(queue, peer, 9, size);
    expect(queue.surplusFor(callOf(size))).toBeUndefined();
    expect(queue.surplusFor(callOf(size, others[0]))).toBe(oldest);
  });

  it('takes nothing for one that would have more than its share', () => {
    const queue = queueOf({ maxCalls: 10 });
    addTo(queue, peer, 5);
    addTo(queue, others[0], 5);
    expect(queue.surplusFor(callOf(0, peer))).toBeUndefined();
    expect(queue.surplusFor(callOf(0, others[0]))).toBeUndefined();
  });

  it('takes from the fullest of them', () => {
    const queue = queueOf({ maxCalls: 10 });
    addTo(queue, peer, 7);
    addTo(queue, others[0], 3);
    expect(queue.surplusFor(callOf(0, others[1]))?.peer).toBe(peer);
  });

  it('takes bytes from the one that has them where bytes are lacking', () => {
    const queue = queueOf({ maxCalls: 10, maxBytes: 100 });
    addTo(queue, peer, 8);
    addTo(queue, others[0], 1, 100);
    expect(queue.surplusFor(callOf(20, others[1]))?.peer).toBe(others[0]);
  });
});

describe('the expected wait', () => {
  it('is none where nothing was measured, or nothing waits', () => {
    const queue = queueOf();
    queue.add(callOf());
    expect(queue.expectedWait(peer)).toBe(0);
    serve(queue, 5, 10, 5);
    expect(queue.expectedWait(peer)).toBe(0);
  });

  it('is the time in which all that wait leave, and it after them', () => {
    const queue = queueOf();
    serve(queue, 30, 10, 10);
    expect(queue.expectedWait(peer)).toBeCloseTo(210, 0);
  });

  it('does not count the time in which nothing waits', () => {
    const queue = queueOf();
    serve(queue, 10, 10, 10);
    vi.advanceTimersByTime(60_000);
    serve(queue, 20, 10, 10);
    expect(queue.expectedWait(peer)).toBeCloseTo(110, 0);
  });

  it('forgets a stall soon, though few calls have left since', () => {
    const queue = queueOf();
    serve(queue, 100, 10, 10);
    serve(queue, 100, 2000, 1);
    serve(queue, 500, 10, 400);
    expect(queue.expectedWait(peer)).toBeLessThan(2 * 100 * 10);
  });
});
