import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SendQueueRecorder } from './send-queue-recorder.js';
import { expectSoon } from './node-recorder.js';

const numbered = (peer: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${peer}${index + 1}`);

it('does not let a peer with 10,000 messages hold up another', async () => {
  const recorder = new SendQueueRecorder();
  const sendQueue = recorder.sendQueue();
  const many = numbered('a', 10_000);
  recorder.postPackable(sendQueue, ...many, 'b1');
  await sendQueue.flush(10_000);
  // One frame was under way when it was posted, another stood before it.
  expect(recorder.taken.indexOf('b1')).toBeLessThanOrEqual(2);
  expect(recorder.taken.filter((text) => text !== 'b1').join('')).toBe(many.join(''));
});

it('does not let a full peer with 10,000 messages hold up another', async () => {
  const recorder = new SendQueueRecorder();
  const sendQueue = recorder.sendQueue();
  recorder.full.add('a');
  recorder.postPackable(sendQueue, ...numbered('a', 10_000), 'b1', 'b2');
  await expectSoon(() => recorder.taken).toEqual(['b1b2']);
  sendQueue.withdraw();
});

it('gives each of many peers one frame in each round', async () => {
  const recorder = new SendQueueRecorder();
  const sendQueue = recorder.sendQueue();
  recorder.isSlow = true;
  // While one is under way, the others wait.
  recorder.postPackable(sendQueue, 'z1', 'z2', 'z3');
  recorder.postPackable(
    sendQueue,
    ...['a', 'b', 'c'].flatMap((peer) => numbered(peer, 6)),
    ...numbered('d', 2),
  );
  recorder.isSlow = false;
  recorder.finish();
  await sendQueue.flush(10_000);
  expect(recorder.taken).toEqual([
    ...['z1z2z3', 'a1a2a3', 'b1b2b3', 'c1c2c3', 'd1d2'],
    ...['a4a5a6', 'b4b5b6', 'c4c5c6'],
  ]);
});

it('sends every message once, each peer’s in order, however they are posted and taken', async () => {
  const peer = fc.constantFrom('a', 'b', 'c');
  const post = fc.record({ peer, isPackable: fc.boolean() });
  const ticks = fc.array(fc.array(post, { maxLength: 12 }), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(ticks, fc.uniqueArray(peer), async (posts, full) => {
      const recorder = new SendQueueRecorder();
      const sendQueue = recorder.sendQueue();
      const posted: string[] = [];
      full.forEach((each) => recorder.full.add(each));
      for (const tick of posts) {
        for (const { peer: to, isPackable } of tick) {
          const text = `${to}${posted.length}`;
          posted.push(text);
          sendQueue.post(recorder.message(text, { isPackable }));
        }
        await new Promise(setImmediate);
        // Each peer is full for some of the ticks.
        recorder.full.delete(full.shift() ?? '');
      }
      recorder.full.clear();
      await sendQueue.flush(20_000);
      const taken = recorder.taken.join('').match(/[abc]\d+/g) ?? [];
      const byPeer = (texts: readonly string[]): string[] =>
        texts.toSorted((one, other) => one.charCodeAt(0) - other.charCodeAt(0));
      expect(byPeer(taken)).toEqual(byPeer(posted));
      expect(recorder.outcomes).toHaveLength(posted.length);
      for (const text of recorder.taken) {
        const peers = text.match(/[abc]/g) ?? [];
        expect(new Set(peers).size).toBe(1);
        expect(peers.length).toBeLessThanOrEqual(recorder.packing.maxMessages);
      }
    }),
  );
});
