import { Observable, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { RawClient } from '../extension/raw-client.js';
import { Type, header, sequence } from '../extension/wire.js';
import { listenWatched } from './watched-calls.js';

describe('a cancelled call', () => {
  it('has nothing more sent for it', async () => {
    const { calls, address } = await listenWatched();
    const peer = new RawClient(address);
    await peer.request(7, 'ticks');
    await peer.inbox.next(Type.ITEM);
    await peer.cancel(7);
    await expect.poll(() => calls.finalized).toBe(1);
    // Answers keep their order: what was on its way has come before this one.
    await peer.call('echo', [1]);
    const before = peer.inbox.answersTo(7).length;
    for (let round = 0; round < 20; round++) {
      await peer.call('echo', [round]);
    }
    expect(peer.inbox.answersTo(7)).toHaveLength(before);
    expect(peer.inbox.answersTo(7).every(({ type }) => type === Type.ITEM)).toBe(true);
  });

  it('has nothing sent for it when its promise is kept afterwards', async () => {
    let keep = (_value: unknown): void => undefined;
    const { calls, address } = await listenWatched(undefined, {
      later: (data, context) => {
        void calls.promise(data, context);
        return new Promise((resolve) => (keep = resolve));
      },
    });
    const peer = new RawClient(address);
    await peer.request(7, 'later');
    await expect.poll(() => calls.begun).toBe(1);
    await peer.cancel(7);
    await expect.poll(() => calls.aborted).toMatchObject([{ code: 'CANCELLED' }]);
    keep('late');
    await peer.call('echo', [1]);
    expect(peer.inbox.answersTo(7)).toEqual([]);
  });

  it('has nothing sent for it when its promise brings an Observable afterwards', async () => {
    let keep = (_values: Observable<unknown>): void => undefined;
    const { calls, address } = await listenWatched(undefined, {
      later: (data, context) => {
        void calls.promise(data, context);
        return new Promise((resolve) => (keep = resolve));
      },
    });
    const peer = new RawClient(address);
    await peer.request(7, 'later');
    await expect.poll(() => calls.begun).toBe(1);
    await peer.cancel(7);
    await expect.poll(() => calls.aborted).toHaveLength(1);
    let subscriptions = 0;
    keep(new Observable(() => void subscriptions++));
    await peer.call('echo', [1]);
    expect(peer.inbox.answersTo(7)).toEqual([]);
    expect(subscriptions).toBe(0);
  });

  it('may be cancelled again, to no effect', async () => {
    const { calls, server, address } = await listenWatched();
    const peer = new RawClient(address);
    await peer.request(7, 'silent');
    await expect.poll(() => calls.begun).toBe(1);
    await peer.cancel(7);
    await peer.cancel(7);
    await expect.poll(() => calls.finalized).toBe(1);
    expect((await peer.call('echo', ['on'])).envelope[3]).toBe('on');
    expect(server.dropCounts.get('malformed message')).toBeUndefined();
  });

  it('leaves its id free for another request', async () => {
    const { calls, address } = await listenWatched();
    const peer = new RawClient(address);
    await peer.request(7, 'silent');
    await expect.poll(() => calls.begun).toBe(1);
    await peer.cancel(7);
    await peer.request(7, 'echo', ['second']);
    const answers = await peer.inbox.untilAnswered(7);
    expect(answers.map(({ envelope }) => envelope)).toEqual([[1, 7, null, 'second']]);
    expect(calls.finalized).toBe(1);
  });

  it('may come in the payload of its request', async () => {
    const { calls, address } = await listenWatched();
    const peer = new RawClient(address);
    await peer.send(sequence([0, 7, 'silent', []], header(), [4, 7], header()));
    await peer.call('echo', [1]);
    // Its Observable may never have been subscribed.
    expect(calls.aborted).toHaveLength(calls.begun);
    expect(peer.inbox.answersTo(7)).toEqual([]);
  });

  it('that waits for a slot never runs its handler', async () => {
    const release = new Subject<string>();
    let isHolding = false;
    const { calls, address } = await listenWatched(
      { bind: 'tcp://127.0.0.1:*', concurrency: 1 },
      {
        hold: async () =>
          new Observable((observer) => {
            isHolding = true;
            return release.subscribe(observer);
          }),
      },
    );
    const peer = new RawClient(address);
    // One payload: the second is read, and waits inside, when the first has taken the slot.
    await peer.send(
      sequence([0, 1, 'hold', []], header(), [0, 2, 'silent', []], header(), [4, 2], header()),
    );
    await expect.poll(() => isHolding).toBe(true);
    release.complete();
    await peer.call('echo', [1]);
    expect(calls.begun).toBe(0);
    expect(peer.inbox.answersTo(2)).toEqual([]);
  });

  it('gives its slot back', async () => {
    const { calls, address } = await listenWatched({ bind: 'tcp://127.0.0.1:*', concurrency: 2 });
    const peer = new RawClient(address);
    await peer.request(1, 'silent');
    await expect.poll(() => calls.begun).toBe(1);
    await peer.cancel(1);
    await peer.request(2, 'silent');
    await expect.poll(() => calls.begun).toBe(2);
    expect((await peer.call('echo', ['served'])).envelope[3]).toBe('served');
  });
});

describe('a CANCEL', () => {
  it('of an unknown id is ignored', async () => {
    const { calls, server, address } = await listenWatched();
    const peer = new RawClient(address);
    await peer.request(7, 'silent');
    await peer.cancel(8);
    expect((await peer.call('echo', ['on'])).envelope[3]).toBe('on');
    expect(calls.finalized).toBe(0);
    expect(server.dropCounts.get('malformed message')).toBeUndefined();
    expect(peer.inbox.answersTo(8)).toEqual([]);
  });

  it('of another sender ends nothing', async () => {
    const { calls, address } = await listenWatched();
    const [owner, stranger] = [new RawClient(address), new RawClient(address)];
    await owner.request(7, 'silent');
    await expect.poll(() => calls.begun).toBe(1);
    await stranger.cancel(7);
    await stranger.call('echo', [1]);
    expect(calls.finalized).toBe(0);
    await owner.cancel(7);
    await expect.poll(() => calls.finalized).toBe(1);
  });

  it('with another address frame ends nothing', async () => {
    const { calls, address } = await listenWatched();
    const peer = new RawClient(address);
    await peer.request(7, 'silent');
    await peer.send(sequence([4, 7], header()), [], 'other');
    await peer.call('echo', [1]);
    expect(calls.finalized).toBe(0);
  });

  it.each([
    ['without an id', [4]],
    ['with more than an id', [4, 7, 1]],
  ])('%s is malformed, and ends nothing', async (_, envelope) => {
    const { calls, server, address } = await listenWatched();
    const peer = new RawClient(address);
    await peer.request(7, 'silent');
    await peer.send(sequence(envelope, header()));
    await expect.poll(() => server.dropCounts.get('malformed message')).toBe(1);
    await peer.call('echo', [1]);
    expect(calls.finalized).toBe(0);
  });
});
