import { beforeEach, describe, expect, it } from 'vitest';
import { SendQueueRecorder, textsOf } from './send-queue-recorder.js';
import { expectSoon } from './node-recorder.js';

let recorder: SendQueueRecorder;

beforeEach(() => {
  recorder = new SendQueueRecorder();
});

describe('order', () => {
  it('is that of posting, one frame for each peer in turn', async () => {
    const sendQueue = recorder.sendQueue();
    recorder.post(sendQueue, 'a1', 'b1', 'a2', 'c1');
    await sendQueue.flush(10_000);
    expect(recorder.taken).toEqual(['a1', 'b1', 'c1', 'a2']);
  });

  it('does not let a full peer hold up the others', async () => {
    const sendQueue = recorder.sendQueue();
    recorder.full.add('a');
    recorder.post(sendQueue, 'a1', 'b1', 'a2', 'b2');
    await expectSoon(() => recorder.taken).toEqual(['b1', 'b2']);
    expect(sendQueue.size).toBe(2);
    sendQueue.withdraw();
  });

  it('is kept for a peer that was full', async () => {
    const sendQueue = recorder.sendQueue();
    recorder.full.add('a');
    recorder.post(sendQueue, 'a1', 'a2', 'b1');
    await expectSoon(() => recorder.taken).toEqual(['b1']);
    recorder.post(sendQueue, 'a3');
    recorder.full.clear();
    await sendQueue.flush(10_000);
    expect(recorder.taken).toEqual(['b1', 'a1', 'a2', 'a3']);
  });

  it('goes on with the others after a message that cannot be put together', async () => {
    const sendQueue = recorder.sendQueue();
    const broken = recorder.message('a1');
    broken.frames = () => {
      throw new Error('broken');
    };
    sendQueue.post(broken);
    recorder.post(sendQueue, 'a2', 'b1');
    await sendQueue.flush(10_000);
    expect(recorder.outcomes).toEqual(['a1 INTERNAL', 'a2 sent', 'b1 sent']);
    recorder.post(sendQueue, 'a3');
    await sendQueue.flush(10_000);
    expect(recorder.taken).toEqual(['a2', 'b1', 'a3']);
  });

  it('goes on with the others after a peer that is unknown', async () => {
    const sendQueue = recorder.sendQueue();
    recorder.post(sendQueue, 'unknown1', 'a1');
    await sendQueue.flush(10_000);
    expect(recorder.outcomes).toEqual(['unknown1 UNAVAILABLE', 'a1 sent']);
  });
});

describe('hand-overs', () => {
  it('begin at the end of the tick', async () => {
    const sendQueue = recorder.sendQueue();
    recorder.post(sendQueue, 'a1', 'b1');
    expect(recorder.tried).toEqual([]);
    await expectSoon(() => recorder.taken).toEqual(['a1', 'b1']);
  });

  it('never overlap', async () => {
    const sendQueue = recorder.sendQueue();
    recorder.post(sendQueue, 'a1', 'b1', 'a2');
    await sendQueue.flush(10_000);
    expect(recorder.most).toBe(1);
  });

  it('overlap up to maxUnderWay', async () => {
    const sendQueue = recorder.sendQueue({}, 2);
    recorder.isSlow = true;
    recorder.post(sendQueue, 'a1', 'b1', 'c1', 'd1');
    await expectSoon(() => recorder.tried).toEqual(['a1', 'b1']);
    recorder.finish();
    recorder.finish();
    await expectSoon(() => recorder.tried).toEqual(['a1', 'b1', 'c1', 'd1']);
    recorder.finish();
    recorder.finish();
    await sendQueue.flush(10_000);
    expect(recorder.most).toBe(2);
  });
});

describe('withdraw', () => {
  it('gives back what waits, in order, without a word to it', async () => {
    const sendQueue = recorder.sendQueue();
    recorder.full.add('a');
    recorder.post(sendQueue, 'a1', 'a2', 'b1');
    await expectSoon(() => recorder.outcomes).toEqual(['b1 sent']);
    expect(textsOf(sendQueue.withdraw())).toEqual(['a1', 'a2']);
    expect(sendQueue.size).toBe(0);
    expect(recorder.outcomes).toEqual(['b1 sent']);
  });

  it('gives back what was posted in the same tick', () => {
    const sendQueue = recorder.sendQueue();
    recorder.post(sendQueue, 'a1', 'b1', 'a2');
    expect(textsOf(sendQueue.withdraw())).toEqual(['a1', 'a2', 'b1']);
  });

  it('leaves to its end what is under way', async () => {
    const sendQueue = recorder.sendQueue();
    recorder.isSlow = true;
    recorder.post(sendQueue, 'a1', 'a2', 'b1');
    await expectSoon(() => recorder.tried).toEqual(['a1']);
    expect(textsOf(sendQueue.withdraw())).toEqual(['a2', 'b1']);
    recorder.finish();
    await sendQueue.flush(10_000);
    expect(recorder.outcomes).toEqual(['a1 sent']);
  });

  it('leaves out what was abandoned', () => {
    const sendQueue = recorder.sendQueue();
    const unwanted = recorder.message('a2');
    recorder.post(sendQueue, 'a1');
    sendQueue.post(unwanted);
    unwanted.abandoned = true;
    expect(textsOf(sendQueue.withdraw())).toEqual(['a1']);
  });

  it('lets flushing end', async () => {
    const sendQueue = recorder.sendQueue();
    recorder.full.add('a');
    recorder.post(sendQueue, 'a1', 'b1');
    await expectSoon(() => recorder.taken).toEqual(['b1']);
    const flushed = sendQueue.flush(2_000_000);
    sendQueue.withdraw();
    await expect(flushed).resolves.toBeUndefined();
  });

  it('lets what is posted afterwards be sent', async () => {
    const sendQueue = recorder.sendQueue();
    recorder.full.add('a');
    recorder.post(sendQueue, 'a1');
    await expectSoon(() => recorder.tried).toContain('a1');
    sendQueue.withdraw();
    recorder.full.clear();
    recorder.post(sendQueue, 'a2');
    await sendQueue.flush(10_000);
    expect(recorder.taken).toEqual(['a2']);
  });
});

describe('flush', () => {
  it('resolves at once where nothing waits', async () => {
    await expect(recorder.sendQueue().flush(2_000_000)).resolves.toBeUndefined();
  });

  it('gives up after its time', async () => {
    const sendQueue = recorder.sendQueue();
    recorder.full.add('a');
    recorder.post(sendQueue, 'a1');
    await sendQueue.flush(1);
    expect(sendQueue.size).toBe(1);
    sendQueue.withdraw();
  });
});

describe('sendTimeout', () => {
  it('reports that a peer took nothing for so long', async () => {
    const sendQueue = recorder.sendQueue();
    sendQueue.sendTimeout = 10;
    recorder.full.add('a');
    recorder.post(sendQueue, 'a1');
    await expectSoon(() => recorder.stalls).toBeGreaterThan(0);
    sendQueue.withdraw();
  });

  it('does not take an abandoned message for a peer that stalls', async () => {
    const sendQueue = recorder.sendQueue();
    sendQueue.sendTimeout = 10_000;
    recorder.full.add('a');
    const unwanted = recorder.message('a1');
    sendQueue.post(unwanted);
    await expectSoon(() => recorder.tried.length).toBeGreaterThan(1);
    unwanted.abandoned = true;
    sendQueue.sendTimeout = 1;
    await expectSoon(() => sendQueue.size).toBe(0);
    expect(recorder.stalls).toBe(0);
  });
});
