import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { SendQueueRecorder, textsOf } from './send-queue-recorder.js';
import { expectSoon } from './node-recorder.js';

/** Above so many bytes that wait for a peer, it is not writable. */
const WRITABLE_BYTES = 256 * 1024;

let recorder: SendQueueRecorder;

beforeEach(() => {
  recorder = new SendQueueRecorder();
});

describe('the limit for one peer', () => {
  it.each([
    ['number', { maxMessages: 2 }],
    ['bytes', { maxBytes: 5 }],
  ])('fails a message above the %s that may wait', (_, limits) => {
    const sendQueue = recorder.sendQueue(limits);
    recorder.post(sendQueue, 'a1', 'a2', 'a3');
    expect(recorder.outcomes).toEqual(['a3 RESOURCE_EXHAUSTED']);
  });

  it('leaves other peers alone', async () => {
    const sendQueue = recorder.sendQueue({ maxMessages: 2 });
    recorder.post(sendQueue, 'a1', 'a2', 'b1', 'b2');
    await sendQueue.flush(10_000);
    expect(recorder.taken).toEqual(['a1', 'b1', 'a2', 'b2']);
  });

  it('takes one message that is larger where nothing else waits', async () => {
    const sendQueue = recorder.sendQueue({ maxBytes: 1 });
    recorder.post(sendQueue, 'a1');
    await sendQueue.flush(10_000);
    expect(recorder.taken).toEqual(['a1']);
  });

  it('takes as much again once what waited was sent', async () => {
    const sendQueue = recorder.sendQueue({ maxMessages: 2 });
    recorder.post(sendQueue, 'a1', 'a2');
    await sendQueue.flush(10_000);
    recorder.post(sendQueue, 'a3', 'a4');
    await sendQueue.flush(10_000);
    expect(recorder.taken).toEqual(['a1', 'a2', 'a3', 'a4']);
  });

  it('does not count what was abandoned while its peer was full', async () => {
    const sendQueue = recorder.sendQueue({ maxMessages: 1 });
    recorder.full.add('a');
    const unwanted = recorder.message('a1');
    sendQueue.post(unwanted);
    await expectSoon(() => recorder.tried).toContain('a1');
    unwanted.abandoned = true;
    await expectSoon(() => sendQueue.size).toBe(0);
    recorder.full.clear();
    recorder.post(sendQueue, 'a2');
    await sendQueue.flush(10_000);
    expect(recorder.outcomes).toEqual(['a2 sent']);
  });
});

describe('the limit for all full peers together', () => {
  const limits = [
    ['number', { maxHeldMessages: 2 }],
    ['bytes', { maxHeldBytes: 5 }],
  ] as const;

  it.each(limits)('fails the youngest for a peer that becomes full: %s', async (_, limit) => {
    const sendQueue = recorder.sendQueue(limit);
    recorder.full.add('a').add('b');
    recorder.post(sendQueue, 'a1', 'b1', 'c1', 'b2', 'b3');
    await expectSoon(() => recorder.outcomes).toEqual([
      'b3 RESOURCE_EXHAUSTED',
      'b2 RESOURCE_EXHAUSTED',
      'c1 sent',
    ]);
    recorder.full.clear();
    await sendQueue.flush(10_000);
    expect(recorder.taken.toSorted()).toEqual(['a1', 'b1', 'c1']);
  });

  it.each(limits)('fails what is posted for a full peer above it: %s', async (_, limit) => {
    const sendQueue = recorder.sendQueue(limit);
    recorder.full.add('a').add('b');
    recorder.post(sendQueue, 'a1', 'b1');
    await expectSoon(() => recorder.tried).toEqual(expect.arrayContaining(['a1', 'b1']));
    // Between two attempts: one that is under way counts for the limit of its peer alone.
    await expectSoon(() => recorder.underWay).toBe(0);
    recorder.post(sendQueue, 'a2');
    expect(recorder.outcomes).toEqual(['a2 RESOURCE_EXHAUSTED']);
    sendQueue.withdraw();
  });

  it('takes as much again once full peers have taken what waited, or nobody wants it', async () => {
    const sendQueue = recorder.sendQueue({ maxHeldMessages: 2 });
    recorder.full.add('a').add('b');
    const unwanted = recorder.message('b1');
    recorder.post(sendQueue, 'a1');
    sendQueue.post(unwanted);
    await expectSoon(() => recorder.tried).toContain('b1');
    expect(sendQueue.size).toBe(2);
    unwanted.abandoned = true;
    await expectSoon(() => sendQueue.size).toBe(1);
    recorder.full.clear();
    await sendQueue.flush(10_000);
    recorder.full.add('a').add('b');
    recorder.post(sendQueue, 'a2', 'b2', 'b3');
    await expectSoon(() => recorder.outcomes).toEqual(['a1 sent', 'b3 RESOURCE_EXHAUSTED']);
    sendQueue.withdraw();
  });
});

describe('a message that is exempt from limits', () => {
  it('goes in although its peer has no room', async () => {
    const sendQueue = recorder.sendQueue({ maxMessages: 1 });
    recorder.post(sendQueue, 'a1', 'a2');
    sendQueue.post(recorder.message('a3', { isExempt: true }));
    await sendQueue.flush(10_000);
    expect(recorder.outcomes).toEqual(['a2 RESOURCE_EXHAUSTED', 'a1 sent', 'a3 sent']);
  });

  it('is kept, and what came before it fails, where too much waits for full peers', async () => {
    const sendQueue = recorder.sendQueue({ maxHeldMessages: 2 });
    recorder.full.add('a');
    recorder.post(sendQueue, 'a1', 'a2');
    sendQueue.post(recorder.message('a3', { isExempt: true }));
    await expectSoon(() => recorder.outcomes).toEqual(['a2 RESOURCE_EXHAUSTED']);
    expect(textsOf(sendQueue.withdraw())).toEqual(['a1', 'a3']);
  });
});

describe('room', () => {
  const half = { size: WRITABLE_BYTES / 2 };

  it('is there at once where nothing waits', () => {
    expect(recorder.sendQueue().whenWritable(recorder.routeTo('a'))).toBeUndefined();
  });

  it('is there at once where little waits for the peer, whatever waits for others', () => {
    const sendQueue = recorder.sendQueue();
    sendQueue.post(recorder.message('a1', half));
    sendQueue.post(recorder.message('a2', half));
    sendQueue.post(recorder.message('b1', { size: WRITABLE_BYTES + 1 }));
    expect(sendQueue.whenWritable(recorder.routeTo('a'))).toBeUndefined();
    sendQueue.withdraw();
  });

  it('is there once little waits, although something still does', async () => {
    const sendQueue = recorder.sendQueue();
    recorder.isSlow = true;
    ['a1', 'a2', 'a3', 'a4'].forEach((text) => sendQueue.post(recorder.message(text, half)));
    const writable = sendQueue.whenWritable(recorder.routeTo('a'));
    recorder.finish();
    await expectSoon(() => recorder.tried).toEqual(['a1', 'a2']);
    recorder.finish();
    await writable;
    expect(recorder.outcomes).toEqual(['a1 sent', 'a2 sent']);
    expect(sendQueue.size).toBe(2);
    sendQueue.withdraw();
  });

  it('is there once what waits was withdrawn', async () => {
    const sendQueue = recorder.sendQueue();
    sendQueue.post(recorder.message('a1', { size: WRITABLE_BYTES + 1 }));
    const writable = sendQueue.whenWritable(recorder.routeTo('a'));
    expect(writable).toBeInstanceOf(Promise);
    sendQueue.withdraw();
    await expect(writable).resolves.toBeUndefined();
  });

  it('is there once a full peer has taken what waited', async () => {
    const sendQueue = recorder.sendQueue();
    recorder.full.add('a');
    sendQueue.post(recorder.message('a1', { size: WRITABLE_BYTES + 1 }));
    const writable = sendQueue.whenWritable(recorder.routeTo('a'));
    await expectSoon(() => recorder.tried.length).toBeGreaterThan(1);
    recorder.full.clear();
    await writable;
    expect(recorder.outcomes).toEqual(['a1 sent']);
  });
});

describe('above the limit for all full peers together, an sendQueue', () => {
  it('holds no more where each of many full peers has one message', async () => {
    const sendQueue = recorder.sendQueue({ maxHeldMessages: 2 });
    const peers = ['a', 'b', 'c', 'd', 'e'];
    peers.forEach((peer) => recorder.full.add(peer));
    recorder.post(sendQueue, ...peers.map((peer) => `${peer}1`));
    await expectSoon(() => recorder.tried.length).toBeGreaterThanOrEqual(5);
    await expectSoon(() => recorder.underWay).toBe(0);
    const { size } = sendQueue;
    sendQueue.withdraw();
    expect(size).toBe(2);
  });

  it('drops what nobody wants any more without a word', async () => {
    const sendQueue = recorder.sendQueue({ maxHeldMessages: 1 });
    recorder.full.add('a');
    recorder.isSlow = true;
    const unwanted = recorder.message('a2');
    recorder.post(sendQueue, 'a1');
    sendQueue.post(unwanted);
    await expectSoon(() => recorder.tried).toEqual(['a1']);
    unwanted.abandoned = true;
    recorder.finish();
    await expectSoon(() => sendQueue.size).toBe(1);
    sendQueue.withdraw();
    expect(recorder.outcomes).toEqual([]);
  });

  it('rather drops what nobody wants any more than what is wanted', async () => {
    const sendQueue = recorder.sendQueue({ maxHeldMessages: 2 });
    recorder.full.add('a');
    recorder.isSlow = true;
    const unwanted = recorder.message('a2');
    recorder.post(sendQueue, 'a1');
    sendQueue.post(unwanted);
    recorder.post(sendQueue, 'a3');
    unwanted.abandoned = true;
    recorder.finish();
    await setImmediate();
    sendQueue.withdraw();
    expect(recorder.outcomes).toEqual([]);
  });
});
