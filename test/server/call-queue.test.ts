import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CallQueue } from '../../lib/server/calls/call-queue.js';
import { IncomingCall } from '../../lib/server/calls/incoming-call.js';
import type { Node } from '../../lib/nodes/node.js';
import { Peer } from '../../lib/server/peers/peer.js';

const peer = new Peer<IncomingCall>({} as Node, Buffer.from('a'), undefined);
const owner = { settled: () => undefined, released: () => undefined, streaming: () => undefined };

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

function callOf(size = 0): IncomingCall {
  const now = performance.now();
  return new IncomingCall(peer, 1, 'run', [], undefined, true, 0, now, owner, size);
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

describe('the expected wait', () => {
  it('is none where nothing was measured, or nothing waits', () => {
    const queue = queueOf();
    queue.add(callOf());
    expect(queue.expectedWait).toBe(0);
    serve(queue, 5, 10, 5);
    expect(queue.expectedWait).toBe(0);
  });

  it('is the time in which all that wait leave', () => {
    const queue = queueOf();
    serve(queue, 30, 10, 10);
    expect(queue.expectedWait).toBeCloseTo(200, 0);
  });

  it('does not count the time in which nothing waits', () => {
    const queue = queueOf();
    serve(queue, 10, 10, 10);
    vi.advanceTimersByTime(60_000);
    serve(queue, 20, 10, 10);
    expect(queue.expectedWait).toBeCloseTo(100, 0);
  });

  it('forgets a stall soon, though few calls have left since', () => {
    const queue = queueOf();
    serve(queue, 100, 10, 10);
    serve(queue, 100, 2000, 1);
    serve(queue, 500, 10, 400);
    expect(queue.expectedWait).toBeLessThan(2 * 100 * 10);
  });
});
