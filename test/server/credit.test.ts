import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Node } from '../../lib/nodes/node.js';
import { CallQueue } from '../../lib/server/calls/call-queue.js';
import { CallTable } from '../../lib/server/calls/call-table.js';
import { ConcurrencyGate } from '../../lib/server/calls/concurrency-gate.js';
import { Credit } from '../../lib/server/calls/credit.js';
import { IncomingCall } from '../../lib/server/calls/incoming-call.js';
import { Peer } from '../../lib/server/peers/peer.js';

const owner = { settled: () => undefined, released: () => undefined, streaming: () => undefined };

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'setImmediate'] }));
afterEach(() => void vi.useRealTimers());

function peerOf(name: string, ordered = true): Peer<IncomingCall> {
  const node = { capabilities: { ordered } } as Node;
  return new Peer<IncomingCall>(node, Buffer.from(name), undefined);
}

/** A server with two slots and a queue for eight calls of 100 bytes. */
function start() {
  const table = new CallTable();
  const queue = new CallQueue({ maxCalls: 8, maxBytes: 800 });
  const waiting = { isEmpty: () => queue.size === 0, take: () => queue.first };
  const gate = new ConcurrencyGate<IncomingCall>(2, waiting, () => undefined);
  const credit = new Credit(table, gate, queue);
  let id = 0;
  const admit = (peer: Peer<IncomingCall>, size = 100, kind = 'request'): IncomingCall => {
    const arrival = { peer, isExtended: true, at: performance.now(), size };
    const callId = kind === 'request' ? id++ : undefined;
    const call = new IncomingCall(arrival, callId, 'run', [], undefined, 0, owner);
    table.add(call);
    if (gate.isFree) {
      gate.enter(call);
    } else {
      queue.add(call);
    }
    return call;
  };
  /** Ends a call that waits. */
  const end = (call: IncomingCall): void => {
    queue.delete(call);
    table.settled(call);
    table.delete(call);
  };
  return { credit, admit, end };
}

describe('credit', () => {
  it('is told to nobody while no call waits', () => {
    const { credit, admit } = start();
    const peer = peerOf('a');
    admit(peer);
    admit(peer);
    expect(credit.of(peer)).toBeUndefined();
  });

  it('has the slots and the places of the queue, however many of them are taken', () => {
    const { credit, admit } = start();
    const peer = peerOf('a');
    [1, 2, 3].forEach(() => admit(peer));
    expect(credit.of(peer)).toBe(10);
    admit(peer);
    expect(credit.of(peer)).toBe(10);
  });

  it('is less where calls are large', () => {
    const { credit, admit } = start();
    const peer = peerOf('a');
    [1, 2, 3].forEach(() => admit(peer, 400));
    expect(credit.of(peer)).toBe(4);
  });

  it('is not less where the events of others wait', () => {
    const { credit, admit } = start();
    const [peer, other] = [peerOf('a'), peerOf('b')];
    [1, 2].forEach(() => admit(other));
    for (let event = 0; event < 7; event++) {
      admit(other, 100, 'event');
    }
    admit(peer);
    expect(credit.of(peer)).toBe(4);
  });

  it('goes on being told when none waits any more', () => {
    const { credit, admit, end } = start();
    const peer = peerOf('a');
    const calls = [admit(peer), admit(peer), admit(peer)];
    credit.of(peer);
    end(calls[2]!);
    expect(credit.of(peer)).toBe(10);
    expect(credit.of(peerOf('b'))).toBeUndefined();
  });

  it('is shared with clients that have requests there, and with those that lately had', () => {
    const { credit, admit, end } = start();
    const [one, other] = [peerOf('a'), peerOf('b')];
    [1, 2, 3].forEach(() => admit(one));
    const call = admit(other);
    expect(credit.of(one)).toBe(5);
    expect(credit.of(other)).toBe(5);
    end(call);
    expect(credit.of(one)).toBe(5);
    vi.advanceTimersByTime(1000);
    expect(credit.of(one)).toBe(5);
    vi.advanceTimersByTime(1000);
    expect(credit.of(one)).toBe(10);
  });

  it('is told to nobody whose messages may be lost', () => {
    const { credit, admit } = start();
    const peer = peerOf('a', false);
    [1, 2, 3].forEach(() => admit(peer));
    expect(credit.of(peer)).toBeUndefined();
  });
});
