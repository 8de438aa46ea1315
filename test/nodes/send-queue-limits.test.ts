import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { OutboxRecorder, textsOf } from './send-queue-recorder.js';
import { expectSoon } from './node-recorder.js';

/** Above so many bytes that wait for a peer, `room` asks to wait. */
const ROOM = 256 * 1024;

let recorder: OutboxRecorder;

beforeEach(() => {
  recorder = new OutboxRecorder();
});

describe('the limit for one peer', () => {
  it.each([
    ['number', { maxMessages: 2 }],
    ['bytes', { maxBytes: 5 }],
  ])('fails a message above the %s that may wait', (_, limits) => {
    const outbox = recorder.outbox(limits);
    recorder.post(outbox, 'a1', 'a2', 'a3');
    expect(recorder.outcomes).toEqual(['a3 RESOURCE_EXHAUSTED']);
  });

  it('leaves other peers alone', async () => {
    const outbox = recorder.outbox({ maxMessages: 2 });
    recorder.post(outbox, 'a1', 'a2', 'b1', 'b2');
    await outbox.flush(10_000);
    expect(recorder.taken).toEqual(['a1', 'b1', 'a2', 'b2']);
  });

  it('takes one message that is larger where nothing else waits', async () => {
    const outbox = recorder.outbox({ maxBytes: 1 });
    recorder.post(outbox, 'a1');
    await outbox.flush(10_000);
    expect(recorder.taken).toEqual(['a1']);
  });

  it('takes as much again once what waited was sent', async () => {
    const outbox = recorder.outbox({ maxMessages: 2 });
    recorder.post(outbox, 'a1', 'a2');
    await outbox.flush(10_000);
    recorder.post(outbox, 'a3', 'a4');
    await outbox.flush(10_000);
    expect(recorder.taken).toEqual(['a1', 'a2', 'a3', 'a4']);
  });

  it('does not count what was abandoned while its peer was full', async () => {
    const outbox = recorder.outbox({ maxMessages: 1 });
    recorder.full.add('a');
    const unwanted = recorder.message('a1');
    outbox.post(unwanted);
    await expectSoon(() => recorder.tried).toContain('a1');
    unwanted.abandoned = true;
    await expectSoon(() => outbox.size).toBe(0);
    recorder.full.clear();
    recorder.post(outbox, 'a2');
    await outbox.flush(10_000);
    expect(recorder.outcomes).toEqual(['a2 sent']);
  });
});

describe('the limit for all full peers together', () => {
  const limits = [
    ['number', { maxHeldMessages: 2 }],
    ['bytes', { maxHeldBytes: 5 }],
  ] as const;

  it.each(limits)('fails the youngest for a peer that becomes full: %s', async (_, limit) => {
    const outbox = recorder.outbox(limit);
    recorder.full.add('a').add('b');
    recorder.post(outbox, 'a1', 'b1', 'c1', 'b2', 'b3');
    await expectSoon(() => recorder.outcomes).toEqual([
      'b3 RESOURCE_EXHAUSTED',
      'b2 RESOURCE_EXHAUSTED',
      'c1 sent',
    ]);
    recorder.full.clear();
    await outbox.flush(10_000);
    expect(recorder.taken.toSorted()).toEqual(['a1', 'b1', 'c1']);
  });

  it.each(limits)('fails what is posted for a full peer above it: %s', async (_, limit) => {
    const outbox = recorder.outbox(limit);
    recorder.full.add('a').add('b');
    recorder.post(outbox, 'a1', 'b1');
    await expectSoon(() => recorder.tried).toEqual(expect.arrayContaining(['a1', 'b1']));
    // Between two attempts: one that is under way counts for the limit of its peer alone.
    await expectSoon(() => recorder.underWay).toBe(0);
    recorder.post(outbox, 'a2');
    expect(recorder.outcomes).toEqual(['a2 RESOURCE_EXHAUSTED']);
    outbox.withdraw();
  });

  it('takes as much again once full peers have taken what waited, or nobody wants it', async () => {
    const outbox = recorder.outbox({ maxHeldMessages: 2 });
    recorder.full.add('a').add('b');
    const unwanted = recorder.message('b1');
    recorder.post(outbox, 'a1');
    outbox.post(unwanted);
    await expectSoon(() => recorder.tried).toContain('b1');
    expect(outbox.size).toBe(2);
    unwanted.abandoned = true;
    await expectSoon(() => outbox.size).toBe(1);
    recorder.full.clear();
    await outbox.flush(10_000);
    recorder.full.add('a').add('b');
    recorder.post(outbox, 'a2', 'b2', 'b3');
    await expectSoon(() => recorder.outcomes).toEqual(['a1 sent', 'b3 RESOURCE_EXHAUSTED']);
    outbox.withdraw();
  });
});

describe('a message that is exempt from limits', () => {
  it('goes in although its peer has no room', async () => {
    const outbox = recorder.outbox({ maxMessages: 1 });
    recorder.post(outbox, 'a1', 'a2');
    outbox.post(recorder.message('a3', { isExempt: true }));
    await outbox.flush(10_000);
    expect(recorder.outcomes).toEqual(['a2 RESOURCE_EXHAUSTED', 'a1 sent', 'a3 sent']);
  });

  it('is kept, and what came before it fails, where too much waits for full peers', async () => {
    const outbox = recorder.outbox({ maxHeldMessages: 2 });
    recorder.full.add('a');
    recorder.post(outbox, 'a1', 'a2');
    outbox.post(recorder.message('a3', { isExempt: true }));
    await expectSoon(() => recorder.outcomes).toEqual(['a2 RESOURCE_EXHAUSTED']);
    expect(textsOf(outbox.withdraw())).toEqual(['a1', 'a3']);
  });
});

describe('room', () => {
  const half = { size: ROOM / 2 };

  it('is there at once where nothing waits', () => {
    expect(recorder.outbox().room(recorder.routeTo('a'))).toBeUndefined();
  });

  it('is there at once where little waits for the peer, whatever waits for others', () => {
    const outbox = recorder.outbox();
    outbox.post(recorder.message('a1', half));
    outbox.post(recorder.message('a2', half));
    outbox.post(recorder.message('b1', { size: ROOM + 1 }));
    expect(outbox.room(recorder.routeTo('a'))).toBeUndefined();
    outbox.withdraw();
  });

  it('is there once little waits, although something still does', async () => {
    const outbox = recorder.outbox();
    recorder.isSlow = true;
    ['a1', 'a2', 'a3', 'a4'].forEach((text) => outbox.post(recorder.message(text, half)));
    const room = outbox.room(recorder.routeTo('a'));
    recorder.finish();
    await expectSoon(() => recorder.tried).toEqual(['a1', 'a2']);
    recorder.finish();
    await room;
    expect(recorder.outcomes).toEqual(['a1 sent', 'a2 sent']);
    expect(outbox.size).toBe(2);
    outbox.withdraw();
  });

  it('is there once what waits was withdrawn', async () => {
    const outbox = recorder.outbox();
    outbox.post(recorder.message('a1', { size: ROOM + 1 }));
    const room = outbox.room(recorder.routeTo('a'));
    expect(room).toBeInstanceOf(Promise);
    outbox.withdraw();
    await expect(room).resolves.toBeUndefined();
  });

  it('is there once a full peer has taken what waited', async () => {
    const outbox = recorder.outbox();
    recorder.full.add('a');
    outbox.post(recorder.message('a1', { size: ROOM + 1 }));
    const room = outbox.room(recorder.routeTo('a'));
    await expectSoon(() => recorder.tried.length).toBeGreaterThan(1);
    recorder.full.clear();
    await room;
    expect(recorder.outcomes).toEqual(['a1 sent']);
  });
});

describe('above the limit for all full peers together, an outbox', () => {
  it('holds no more where each of many full peers has one message', async () => {
    const outbox = recorder.outbox({ maxHeldMessages: 2 });
    const peers = ['a', 'b', 'c', 'd', 'e'];
    peers.forEach((peer) => recorder.full.add(peer));
    recorder.post(outbox, ...peers.map((peer) => `${peer}1`));
    await expectSoon(() => recorder.tried.length).toBeGreaterThanOrEqual(5);
    await expectSoon(() => recorder.underWay).toBe(0);
    const { size } = outbox;
    outbox.withdraw();
    expect(size).toBe(2);
  });

  it('drops what nobody wants any more without a word', async () => {
    const outbox = recorder.outbox({ maxHeldMessages: 1 });
    recorder.full.add('a');
    recorder.isSlow = true;
    const unwanted = recorder.message('a2');
    recorder.post(outbox, 'a1');
    outbox.post(unwanted);
    await expectSoon(() => recorder.tried).toEqual(['a1']);
    unwanted.abandoned = true;
    recorder.finish();
    await expectSoon(() => outbox.size).toBe(1);
    outbox.withdraw();
    expect(recorder.outcomes).toEqual([]);
  });

  it('rather drops what nobody wants any more than what is wanted', async () => {
    const outbox = recorder.outbox({ maxHeldMessages: 2 });
    recorder.full.add('a');
    recorder.isSlow = true;
    const unwanted = recorder.message('a2');
    recorder.post(outbox, 'a1');
    outbox.post(unwanted);
    recorder.post(outbox, 'a3');
    unwanted.abandoned = true;
    recorder.finish();
    await setImmediate();
    outbox.withdraw();
    expect(recorder.outcomes).toEqual([]);
  });
});
