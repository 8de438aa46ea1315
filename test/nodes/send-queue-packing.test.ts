import { beforeEach, describe, expect, it } from 'vitest';
import { Route } from '../../lib/nodes/route.js';
import { SendQueueRecorder } from './send-queue-recorder.js';
import { expectSoon } from './node-recorder.js';

let recorder: SendQueueRecorder;

beforeEach(() => {
  recorder = new SendQueueRecorder();
});

/** A message for `a` of so many bytes. */
const textOf = (bytes: number): string => `a${'0'.repeat(bytes - 1)}`;

/** Lets everything run that the tick still has to do, other than what waits for its end. */
async function restOfTick(): Promise<void> {
  for (let turn = 0; turn < 100; turn++) {
    await Promise.resolve();
  }
}

describe('a frame', () => {
  it('holds up to maxMessages', async () => {
    const sendQueue = recorder.sendQueue();
    recorder.postPackable(sendQueue, 'a1', 'a2', 'a3', 'a4');
    await sendQueue.flush(10_000);
    expect(recorder.taken).toEqual(['a1a2a3', 'a4']);
  });

  it.each([
    ['two that fill it', [10, 10], [20]],
    ['all but one that is a byte too much', [10, 11], [10, 11]],
    ['one alone that is larger, and what comes after it another', [30, 5], [30, 5]],
    ['one alone that is larger, and what comes before it another', [5, 30], [5, 30]],
    ['one alone that just fills it', [20, 1], [20, 1]],
  ])('holds up to maxBytes: %s', async (_, sizes, frames) => {
    const sendQueue = recorder.sendQueue();
    recorder.postPackable(sendQueue, ...sizes.map(textOf));
    await sendQueue.flush(10_000);
    expect(recorder.taken.map(({ length }) => length)).toEqual(frames);
  });

  it('holds messages of one peer only', async () => {
    const sendQueue = recorder.sendQueue();
    recorder.postPackable(sendQueue, 'a1', 'b1', 'a2', 'b2');
    await sendQueue.flush(10_000);
    expect(recorder.taken).toEqual(['a1a2', 'b1b2']);
  });

  it('holds neighbours of one route only', async () => {
    const sendQueue = recorder.sendQueue();
    const [one, other] = ['one', 'other'].map(
      (head) => new Route(Buffer.from('a'), [Buffer.from(head)]),
    ) as [Route, Route];
    for (const [text, route] of [
      ['a1', one],
      ['a2', one],
      ['a3', other],
      ['a4', one],
    ] as const) {
      sendQueue.post(recorder.message(text, { isPackable: true, route }));
    }
    await sendQueue.flush(10_000);
    expect(recorder.taken).toEqual(['a1a2', 'a3', 'a4']);
  });

  it('holds nothing else where a message travels alone, in its order', async () => {
    const sendQueue = recorder.sendQueue();
    recorder.postPackable(sendQueue, 'a1');
    recorder.post(sendQueue, 'a2');
    recorder.postPackable(sendQueue, 'a3', 'a4');
    await sendQueue.flush(10_000);
    expect(recorder.taken).toEqual(['a1', 'a2', 'a3a4']);
  });

  it('leaves out what was abandoned, without a word to it', async () => {
    const sendQueue = recorder.sendQueue();
    const unwanted = recorder.message('a2', { isPackable: true });
    recorder.postPackable(sendQueue, 'a1');
    sendQueue.post(unwanted);
    unwanted.abandoned = true;
    recorder.postPackable(sendQueue, 'b1', 'a3');
    await sendQueue.flush(10_000);
    expect(recorder.taken).toEqual(['a1a3', 'b1']);
    expect(recorder.outcomes).toEqual(['a1 sent', 'a3 sent', 'b1 sent']);
  });

  it('is not made where everything was abandoned', async () => {
    const sendQueue = recorder.sendQueue();
    const unwanted = recorder.message('a1', { isPackable: true });
    sendQueue.post(unwanted);
    unwanted.abandoned = true;
    await sendQueue.flush(10_000);
    expect(recorder.tried).toEqual([]);
    expect(sendQueue.size).toBe(0);
  });

  it('that a peer did not take is packed anew with what came after it', async () => {
    const sendQueue = recorder.sendQueue();
    recorder.full.add('a');
    recorder.postPackable(sendQueue, 'a1', 'a2');
    await expectSoon(() => recorder.tried).toContain('a1a2');
    recorder.postPackable(sendQueue, 'a3', 'a4');
    recorder.full.clear();
    await sendQueue.flush(10_000);
    expect(recorder.taken).toEqual(['a1a2a3', 'a4']);
  });
});

describe('a frame that is full', () => {
  it('leaves without waiting for the end of the tick', () => {
    const sendQueue = recorder.sendQueue();
    recorder.postPackable(sendQueue, 'a1', 'a2');
    expect(recorder.tried).toEqual([]);
    recorder.postPackable(sendQueue, 'a3');
    expect(recorder.tried).toEqual(['a1a2a3']);
    sendQueue.withdraw();
  });

  it('takes with it what waits for other peers', async () => {
    const sendQueue = recorder.sendQueue();
    recorder.postPackable(sendQueue, 'b1', 'a1', 'a2', 'a3');
    await restOfTick();
    expect(recorder.taken).toEqual(['b1', 'a1a2a3']);
  });

  it('leaves as soon as the send before it has ended', async () => {
    const sendQueue = recorder.sendQueue();
    recorder.isSlow = true;
    recorder.postPackable(sendQueue, 'a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7');
    recorder.finish();
    await restOfTick();
    expect(recorder.tried).toEqual(['a1a2a3', 'a4a5a6']);
    sendQueue.withdraw();
  });
});

describe('with firstMessages, frames', () => {
  beforeEach(() => {
    recorder.packing = { maxBytes: 20, maxMessages: 5, firstMessages: 2 };
    recorder.isPrompt = true;
  });

  it('leave before the end of the tick: the first small, each after it twice as large, up to maxMessages', () => {
    const sendQueue = recorder.sendQueue();
    recorder.postPackable(sendQueue, 'a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7');
    expect(recorder.taken).toEqual(['a1a2', 'a3a4a5a6']);
    recorder.postPackable(sendQueue, 'a8', 'a9', 'a0');
    expect(recorder.taken).toEqual(['a1a2', 'a3a4a5a6']);
    recorder.postPackable(sendQueue, 'a1', 'a2');
    expect(recorder.taken).toEqual(['a1a2', 'a3a4a5a6', 'a7a8a9a0a1']);
  });

  it('take the rest at the end of the tick, and begin small again in the next one', async () => {
    const sendQueue = recorder.sendQueue();
    recorder.postPackable(sendQueue, 'a1', 'a2', 'a3');
    await sendQueue.flush(10_000);
    expect(recorder.taken).toEqual(['a1a2', 'a3']);
    recorder.postPackable(sendQueue, 'a4', 'a5');
    expect(recorder.taken).toEqual(['a1a2', 'a3', 'a4a5']);
  });

  it('that a peer takes nothing of keep their order', async () => {
    const sendQueue = recorder.sendQueue();
    recorder.full.add('a');
    recorder.postPackable(sendQueue, 'a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7');
    await expectSoon(() => recorder.tried).not.toEqual([]);
    recorder.full.clear();
    await sendQueue.flush(10_000);
    expect(recorder.taken.join('')).toBe('a1a2a3a4a5a6a7');
  });
});

describe('with a period of a turn', () => {
  const endOfTick = (): Promise<void> =>
    new Promise((resolve) => {
      process.nextTick(resolve);
    });

  it('messages of the first tick leave at its end, and those of later ticks share a frame', async () => {
    recorder.packing = { maxBytes: 20, maxMessages: 3, period: 'turn' };
    const sendQueue = recorder.sendQueue();
    recorder.postPackable(sendQueue, 'a1');
    await endOfTick();
    expect(recorder.tried).toEqual(['a1']);
    recorder.postPackable(sendQueue, 'a2');
    await endOfTick();
    recorder.postPackable(sendQueue, 'a3');
    await endOfTick();
    expect(recorder.tried).toEqual(['a1']);
    await sendQueue.flush(10_000);
    expect(recorder.taken).toEqual(['a1', 'a2a3']);
  });
});

describe('what does not fill a frame while a send is under way', () => {
  it('waits for the end of the tick in which that ends, with what is posted until then', async () => {
    const sendQueue = recorder.sendQueue();
    recorder.isSlow = true;
    recorder.postPackable(sendQueue, 'a1', 'a2', 'a3', 'a4');
    recorder.finish();
    await restOfTick();
    expect(recorder.outcomes).toEqual(['a1 sent', 'a2 sent', 'a3 sent']);
    expect(recorder.tried).toEqual(['a1a2a3']);
    recorder.postPackable(sendQueue, 'a5');
    await expectSoon(() => recorder.tried).toEqual(['a1a2a3', 'a4a5']);
    recorder.finish();
    await sendQueue.flush(10_000);
  });

  it('includes what the listener of a sent message posts', async () => {
    const sendQueue = recorder.sendQueue();
    const next = (): void => recorder.postPackable(sendQueue, 'a2', 'a3');
    sendQueue.post(recorder.message('a1', { isPackable: true, onSent: next }));
    await expectSoon(() => recorder.taken).toEqual(['a1', 'a2a3']);
  });
});
