import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { RemoteCallError } from 'nestjs-remote';
import type { Node } from '../../lib/nodes/node.js';
import {
  type Arrival,
  type CallOwner,
  IncomingCall,
} from '../../lib/server/calls/incoming-call.js';
import { Peer } from '../../lib/server/peers/peer.js';

const GONE = new RemoteCallError('the caller is gone', {}, { code: 'CANCELLED' });
const LATE = new RemoteCallError('method timed out', {}, { code: 'DEADLINE_EXCEEDED' });

/** What the owner of the call has seen, in order. */
let seen: string[];
let arrival: Arrival;
let call: IncomingCall;

const owner: CallOwner = {
  streaming: () => void seen.push('streaming'),
  settled: (_call, result) => void seen.push(`settled ${result}`),
  released: () => void seen.push('released'),
};

beforeEach(() => {
  seen = [];
  const peer = new Peer<IncomingCall>({} as Node, Buffer.from('a'), undefined);
  arrival = { peer, isExtended: true, at: 1000, size: 0 };
  call = new IncomingCall(arrival, 7, 'run', [], undefined, 0, owner);
});

describe('the result of an incoming call', () => {
  it('is given once: the first counts', () => {
    expect(call.isPending).toBe(true);
    expect([call.settle('ok'), call.settle('UNKNOWN')]).toEqual([true, false]);
    expect(call.isPending).toBe(false);
    expect(seen).toEqual(['settled ok']);
  });

  it('is CANCELLED for one that is cancelled before', () => {
    call.cancel(GONE);
    expect(call.settle('ok')).toBe(false);
    expect(call.isCancelled).toBe(true);
    expect(seen).toEqual(['settled CANCELLED']);
  });

  it('stays for one that is cancelled after, whose response is not sent any more', () => {
    call.settle('ok');
    expect(call.isCancelled).toBe(false);
    call.cancel(GONE);
    expect(call.isCancelled).toBe(true);
    expect(seen).toEqual(['settled ok']);
  });

  it('ends the deadline, and leaves what the handler may ask for', () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'], now: 10_000 });
    onTestFinished(() => void vi.useRealTimers());
    const endsAt = performance.now() + 2000;
    call.begin(endsAt);
    expect(call.dueAt).toBe(endsAt);
    call.settle('ok');
    expect(call.dueAt).toBe(0);
    expect(call.deadline).toEqual(new Date(12_000));
  });

  it('has a deadline in whole milliseconds that is not before its time is up', () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'], now: 10_000 });
    onTestFinished(() => void vi.useRealTimers());
    call.begin(performance.now() + 1999.25);
    expect(call.deadline).toEqual(new Date(12_000));
  });
});

describe('the handler of an incoming call', () => {
  it('is released once, with or without a result before', () => {
    call.begin(0);
    call.settle('ok');
    call.release();
    call.release();
    expect(seen).toEqual(['settled ok', 'released']);
  });

  it('leaves no call without a result', () => {
    call.release();
    expect(seen).toEqual(['settled CANCELLED', 'released']);
  });

  it('runs on after the result', () => {
    call.begin(0);
    call.settle('DEADLINE_EXCEEDED');
    expect(seen).toEqual(['settled DEADLINE_EXCEEDED']);
    call.release();
    expect(seen.at(-1)).toBe('released');
  });

  it('is aborted with the first reason, also where it asks for the signal afterwards', () => {
    let aborted = 0;
    call.handledBy({ abort: () => void aborted++ });
    call.abort(LATE);
    call.cancel(GONE);
    expect(call.signal.reason).toBe(LATE);
    expect(aborted).toBe(2);
  });
});

describe('the items of an incoming call', () => {
  it('are counted as they are sent and lost', () => {
    call.itemSent();
    call.itemSent();
    call.itemLost();
    expect(call.items).toBe(1);
    expect(seen).toEqual(['streaming']);
  });
});

it('distinguishes requests and events', () => {
  const event = new IncomingCall(arrival, undefined, 'run', [], undefined, 0, owner);
  expect([call.kind, event.kind]).toEqual(['request', 'event']);
});
