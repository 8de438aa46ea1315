import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SendQueueRecorder } from './send-queue-recorder.js';

let recorder: SendQueueRecorder;

/** Time stands still: nothing is tried again by itself. */
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'setImmediate'] });
  recorder = new SendQueueRecorder();
});

afterEach(() => void vi.useRealTimers());

describe('a full peer that takes messages again', () => {
  it.each([['a'], [undefined]])('is tried at once when its transport says so: %s', async (peer) => {
    const sendQueue = recorder.sendQueue();
    recorder.full.add('a').add('b');
    recorder.post(sendQueue, 'a1', 'b1', 'a2');
    await setImmediate();
    recorder.full.delete('a');
    sendQueue.retryFull(peer);
    await setImmediate();
    expect(recorder.taken).toEqual(['a1', 'a2']);
    expect(recorder.tried.filter((text) => text === 'b1')).toHaveLength(peer === 'a' ? 1 : 2);
  });

  it('is not tried where nothing waits for it', async () => {
    const sendQueue = recorder.sendQueue();
    recorder.full.add('a');
    recorder.post(sendQueue, 'a1');
    await setImmediate();
    sendQueue.retryFull('b');
    await setImmediate();
    expect(recorder.tried).toEqual(['a1']);
  });
});
