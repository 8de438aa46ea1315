import { beforeEach, describe, expect, it } from 'vitest';
import { OutboxRecorder, textsOf } from './send-queue-recorder.js';
import { expectSoon } from './node-recorder.js';

let recorder: OutboxRecorder;

beforeEach(() => {
  recorder = new OutboxRecorder();
});

describe('order', () => {
  it('is that of posting, one frame for each peer in turn', async () => {
    const outbox = recorder.outbox();
    recorder.post(outbox, 'a1', 'b1', 'a2', 'c1');
    await outbox.flush(10_000);
    expect(recorder.taken).toEqual(['a1', 'b1', 'c1', 'a2']);
  });

  it('does not let a full peer hold up the others', async () => {
    const outbox = recorder.outbox();
    recorder.full.add('a');
    recorder.post(outbox, 'a1', 'b1', 'a2', 'b2');
    await expectSoon(() => recorder.taken).toEqual(['b1', 'b2']);
    expect(outbox.size).toBe(2);
    outbox.withdraw();
  });

  it('is kept for a peer that was full', async () => {
    const outbox = recorder.outbox();
    recorder.full.add('a');
    recorder.post(outbox, 'a1', 'a2', 'b1');
    await expectSoon(() => recorder.taken).toEqual(['b1']);
    recorder.post(outbox, 'a3');
    recorder.full.clear();
    await outbox.flush(10_000);
    expect(recorder.taken).toEqual(['b1', 'a1', 'a2', 'a3']);
  });

  it('goes on with the others after a message that cannot be put together', async () => {
    const outbox = recorder.outbox();
    const broken = recorder.message('a1');
    broken.frames = () => {
      throw new Error('broken');
    };
    outbox.post(broken);
    recorder.post(outbox, 'a2', 'b1');
    await outbox.flush(10_000);
    expect(recorder.outcomes).toEqual(['a1 INTERNAL', 'a2 sent', 'b1 sent']);
    recorder.post(outbox, 'a3');
    await outbox.flush(10_000);
    expect(recorder.taken).toEqual(['a2', 'b1', 'a3']);
  });

  it('goes on with the others after a peer that is unknown', async () => {
    const outbox = recorder.outbox();
    recorder.post(outbox, 'unknown1', 'a1');
    await outbox.flush(10_000);
    expect(recorder.outcomes).toEqual(['unknown1 UNAVAILABLE', 'a1 sent']);
  });
});

describe('hand-overs', () => {
  it('begin at the end of the tick', async () => {
    const outbox = recorder.outbox();
    recorder.post(outbox, 'a1', 'b1');
    expect(recorder.tried).toEqual([]);
    await expectSoon(() => recorder.taken).toEqual(['a1', 'b1']);
  });

  it('never overlap', async () => {
    const outbox = recorder.outbox();
    recorder.post(outbox, 'a1', 'b1', 'a2');
    await outbox.flush(10_000);
    expect(recorder.most).toBe(1);
  });

  it('overlap up to maxUnderWay', async () => {
    const outbox = recorder.outbox({}, 2);
    recorder.isSlow = true;
    recorder.post(outbox, 'a1', 'b1', 'c1', 'd1');
    await expectSoon(() => recorder.tried).toEqual(['a1', 'b1']);
    recorder.finish();
    recorder.finish();
    await expectSoon(() => recorder.tried).toEqual(['a1', 'b1', 'c1', 'd1']);
    recorder.finish();
    recorder.finish();
    await outbox.flush(10_000);
    expect(recorder.most).toBe(2);
  });
});

describe('withdraw', () => {
  it('gives back what waits, in order, without a word to it', async () => {
    const outbox = recorder.outbox();
    recorder.full.add('a');
    recorder.post(outbox, 'a1', 'a2', 'b1');
    await expectSoon(() => recorder.outcomes).toEqual(['b1 sent']);
    expect(textsOf(outbox.withdraw())).toEqual(['a1', 'a2']);
    expect(outbox.size).toBe(0);
    expect(recorder.outcomes).toEqual(['b1 sent']);
  });

  it('gives back what was posted in the same tick', () => {
    const outbox = recorder.outbox();
    recorder.post(outbox, 'a1', 'b1', 'a2');
    expect(textsOf(outbox.withdraw())).toEqual(['a1', 'a2', 'b1']);
  });

  it('leaves to its end what is under way', async () => {
    const outbox = recorder.outbox();
    recorder.isSlow = true;
    recorder.post(outbox, 'a1', 'a2', 'b1');
    await expectSoon(() => recorder.tried).toEqual(['a1']);
    expect(textsOf(outbox.withdraw())).toEqual(['a2', 'b1']);
    recorder.finish();
    await outbox.flush(10_000);
    expect(recorder.outcomes).toEqual(['a1 sent']);
  });

  it('leaves out what was abandoned', () => {
    const outbox = recorder.outbox();
    const unwanted = recorder.message('a2');
    recorder.post(outbox, 'a1');
    outbox.post(unwanted);
    unwanted.abandoned = true;
    expect(textsOf(outbox.withdraw())).toEqual(['a1']);
  });

  it('lets flushing end', async () => {
    const outbox = recorder.outbox();
    recorder.full.add('a');
    recorder.post(outbox, 'a1', 'b1');
    await expectSoon(() => recorder.taken).toEqual(['b1']);
    const flushed = outbox.flush(2_000_000);
    outbox.withdraw();
    await expect(flushed).resolves.toBeUndefined();
  });

  it('lets what is posted afterwards be sent', async () => {
    const outbox = recorder.outbox();
    recorder.full.add('a');
    recorder.post(outbox, 'a1');
    await expectSoon(() => recorder.tried).toContain('a1');
    outbox.withdraw();
    recorder.full.clear();
    recorder.post(outbox, 'a2');
    await outbox.flush(10_000);
    expect(recorder.taken).toEqual(['a2']);
  });
});

describe('flush', () => {
  it('resolves at once where nothing waits', async () => {
    await expect(recorder.outbox().flush(2_000_000)).resolves.toBeUndefined();
  });

  it('gives up after its time', async () => {
    const outbox = recorder.outbox();
    recorder.full.add('a');
    recorder.post(outbox, 'a1');
    await outbox.flush(1);
    expect(outbox.size).toBe(1);
    outbox.withdraw();
  });
});

describe('sendTimeout', () => {
  it('tells when a peer took nothing for so long', async () => {
    const outbox = recorder.outbox();
    outbox.sendTimeout = 10;
    recorder.full.add('a');
    recorder.post(outbox, 'a1');
    await expectSoon(() => recorder.stalls).toBeGreaterThan(0);
    outbox.withdraw();
  });

  it('does not take an abandoned message for a peer that stalls', async () => {
    const outbox = recorder.outbox();
    outbox.sendTimeout = 10_000;
    recorder.full.add('a');
    const unwanted = recorder.message('a1');
    outbox.post(unwanted);
    await expectSoon(() => recorder.tried.length).toBeGreaterThan(1);
    unwanted.abandoned = true;
    outbox.sendTimeout = 1;
    await expectSoon(() => outbox.size).toBe(0);
    expect(recorder.stalls).toBe(0);
  });
});
