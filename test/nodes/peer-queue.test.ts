import { beforeEach, describe, expect, it } from 'vitest';
import { PeerQueue } from '../../lib/nodes/sending/peer-queue.js';
import { SendQueueRecorder, textsOf } from './send-queue-recorder.js';

const limits = { maxBytes: 20, maxMessages: 3 };
const notDropped = (): void => expect.unreachable('no message may be dropped here');

let recorder: SendQueueRecorder;
let queue: PeerQueue;

beforeEach(() => {
  recorder = new SendQueueRecorder();
  queue = new PeerQueue('a');
});

describe('the state of the queue for a peer', () => {
  it('is queued from the time it enters the line until its turn', () => {
    expect(queue.state).toBe('idle');
    expect(queue.enterLine()).toBe(true);
    expect(queue.state).toBe('queued');
    queue.takeTurn();
    expect(queue.state).toBe('idle');
  });

  it('is full once its peer took nothing, and retrying once it is in line again', () => {
    queue.hold();
    expect([queue.state, queue.isFull]).toEqual(['full', true]);
    expect(queue.enterLine()).toBe(true);
    expect([queue.state, queue.isFull]).toEqual(['retrying', true]);
    queue.takeTurn();
    expect([queue.state, queue.isFull]).toEqual(['idle', false]);
  });

  it('is retrying where its peer took nothing and it is in line for newer messages', () => {
    queue.enterLine();
    queue.hold();
    expect(queue.state).toBe('retrying');
    queue.hold();
    expect(queue.state).toBe('retrying');
  });

  it('lets it enter the line once', () => {
    queue.enterLine();
    expect(queue.enterLine()).toBe(false);
    queue.hold();
    expect(queue.enterLine()).toBe(false);
  });

  it('is full no more when nothing is left, and keeps its place in line', () => {
    queue.hold();
    queue.relieve();
    expect(queue.state).toBe('idle');
    queue.hold();
    queue.enterLine();
    queue.relieve();
    expect(queue.state).toBe('queued');
  });
});

describe('the messages for a peer', () => {
  const push = (...texts: string[]): void =>
    texts.forEach((text) => queue.push(recorder.message(text, { isPackable: true })));

  it('leave in their order, also those that its peer did not take at first', () => {
    push('a1', 'a2', 'a3', 'a4');
    const batch = queue.take(limits, notDropped);
    queue.putBack(batch!.messages);
    expect([queue.length, queue.bytes]).toEqual([4, 8]);
    expect(String(queue.take(limits, notDropped)?.frames[0])).toBe('a1a2a3');
    expect(String(queue.take(limits, notDropped)?.frames[0])).toBe('a4');
    expect(queue.take(limits, notDropped)).toBeUndefined();
    expect([queue.length, queue.bytes]).toEqual([0, 0]);
  });

  it('leave youngest first above a limit, except those that are exempt', () => {
    push('a1', 'a2');
    queue.push(recorder.message('a3', { isExempt: true }));
    expect(textsOf([queue.takeYoungest()!, queue.takeYoungest()!])).toEqual(['a2', 'a1']);
    expect(queue.takeYoungest()).toBeUndefined();
    expect([queue.length, queue.bytes]).toEqual([1, 2]);
  });

  it('leave once they are abandoned', () => {
    const unwanted = recorder.message('a2');
    push('a1');
    queue.push(unwanted);
    push('a3');
    unwanted.abandoned = true;
    expect(queue.takeAbandoned()).toEqual([unwanted]);
    expect(queue.bytes).toBe(4);
    expect(textsOf(queue.clear())).toEqual(['a1', 'a3']);
    expect(queue.bytes).toBe(0);
  });
});
