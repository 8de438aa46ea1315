import { beforeEach, describe, expect, it } from 'vitest';
import { type Handover, Outbox, type OutboxLimits } from '../../lib/nodes/outbox.js';
import type { OutgoingMessage } from '../../lib/nodes/node.js';
import type { Batch } from '../../lib/nodes/peer-queue.js';
import { Route } from '../../lib/nodes/route.js';
import { RemoteCallError } from '../../lib/errors/remote-call.error.js';
import { expectSoon } from './node-recorder.js';

let taken: string[];
let outcomes: string[];
/** Peers that take nothing. */
let full: Set<string>;
let stalls: number;

beforeEach(() => {
  taken = [];
  outcomes = [];
  full = new Set();
  stalls = 0;
});

const packing = { maxBytes: 20, maxMessages: 3 };
const routes = new Map<string, Route>();

function routeTo(peer: string): Route {
  const route = routes.get(peer) ?? new Route(Buffer.from(peer));
  routes.set(peer, route);
  return route;
}

function outboxWith(limits?: OutboxLimits): Outbox {
  const handOver = async ({ route, frames }: Batch): Promise<Handover> => {
    await Promise.resolve();
    const { peer } = route;
    if (peer === 'unknown') {
      return new RemoteCallError('the peer is not connected', {}, { code: 'UNAVAILABLE' });
    }
    if (full.has(peer)) {
      return 'full';
    }
    taken.push(String(frames[0]));
    return 'sent';
  };
  return new Outbox({ packing, handOver, stalled: () => void stalls++ }, limits);
}

/** A message whose text begins with its peer: `a1` is for `a`. */
function messageFor(text: string): OutgoingMessage & { abandoned: boolean } {
  return {
    route: routeTo(text.replace(/\d+$/, '')),
    size: text.length,
    abandoned: false,
    slice: () => undefined,
    frames: () => [Buffer.from(text)],
    sent: () => void outcomes.push(`${text} sent`),
    failed: ({ code }) => void outcomes.push(`${text} ${code}`),
  };
}

const post = (outbox: Outbox, ...texts: string[]): void =>
  texts.forEach((text) => outbox.post(messageFor(text)));

describe('order', () => {
  it('hands messages over in the order in which they were posted', async () => {
    const outbox = outboxWith();
    post(outbox, 'a1', 'b1', 'a2', 'c1');
    await outbox.flush(10_000);
    expect(taken).toEqual(['a1', 'b1', 'a2', 'c1']);
  });

  it('does not let a full peer hold up the others', async () => {
    const outbox = outboxWith();
    full.add('a');
    post(outbox, 'a1', 'b1', 'a2', 'b2');
    await expectSoon(() => taken).toEqual(['b1', 'b2']);
    expect(outbox.size).toBe(2);
    outbox.withdraw();
  });

  it('keeps the order of a peer that was full', async () => {
    const outbox = outboxWith();
    full.add('a');
    post(outbox, 'a1', 'a2', 'b1');
    await expectSoon(() => taken).toEqual(['b1']);
    post(outbox, 'a3');
    full.clear();
    await outbox.flush(10_000);
    expect(taken).toEqual(['b1', 'a1', 'a2', 'a3']);
  });

  it('never lets two sends overlap', async () => {
    let running = 0;
    let most = 0;
    const outbox = new Outbox({
      packing,
      handOver: async () => {
        most = Math.max(most, ++running);
        await Promise.resolve();
        running--;
        return 'sent';
      },
      stalled: () => undefined,
    });
    post(outbox, 'a1', 'b1', 'a2');
    await outbox.flush(10_000);
    expect(most).toBe(1);
  });

  it('goes on with the others after a peer that is unknown', async () => {
    const outbox = outboxWith();
    post(outbox, 'unknown1', 'a1');
    await outbox.flush(10_000);
    expect(outcomes).toEqual(['unknown1 UNAVAILABLE', 'a1 sent']);
  });
});

describe('limits', () => {
  it('fails a message above the number that may wait', () => {
    const outbox = outboxWith({ maxMessages: 2 });
    post(outbox, 'a1', 'a2', 'a3');
    expect(outcomes).toEqual(['a3 RESOURCE_EXHAUSTED']);
  });

  it('fails a message above the bytes that may wait', () => {
    const outbox = outboxWith({ maxBytes: 5 });
    post(outbox, 'a1', 'a2', 'a3');
    expect(outcomes).toEqual(['a3 RESOURCE_EXHAUSTED']);
  });

  it.each([
    ['number', { maxHeldMessages: 2 }],
    ['bytes', { maxHeldBytes: 5 }],
  ])('fails what is above the %s that may wait for all full peers together', async (_, limits) => {
    const outbox = outboxWith(limits);
    full.add('a').add('b').add('c');
    post(outbox, 'a1', 'b1', 'a2', 'c1', 'd1');
    await expectSoon(() => outcomes).toEqual([
      'a2 RESOURCE_EXHAUSTED',
      'c1 RESOURCE_EXHAUSTED',
      'd1 sent',
    ]);
    full.clear();
    await outbox.flush(10_000);
    expect(taken).toEqual(['d1', 'a1', 'b1']);
  });

  it('takes as much again once full peers have taken what waited, or nobody wants it', async () => {
    const outbox = outboxWith({ maxHeldMessages: 2 });
    full.add('a').add('b');
    const unwanted = messageFor('b1');
    post(outbox, 'a1');
    outbox.post(unwanted);
    await expectSoon(() => outbox.size).toBe(2);
    unwanted.abandoned = true;
    await expectSoon(() => outbox.size).toBe(1);
    full.clear();
    await outbox.flush(10_000);
    full.add('a').add('b');
    post(outbox, 'a2', 'b2', 'b3');
    await expectSoon(() => outcomes).toEqual(['a1 sent', 'b3 RESOURCE_EXHAUSTED']);
    outbox.withdraw();
  });

  it('takes one message that is larger than the limit where nothing else waits', async () => {
    const outbox = outboxWith({ maxBytes: 1 });
    post(outbox, 'a1');
    await outbox.flush(10_000);
    expect(taken).toEqual(['a1']);
  });

  it('does not count what was abandoned while its peer was full', async () => {
    const outbox = outboxWith({ maxMessages: 1 });
    full.add('a');
    const unwanted = messageFor('a1');
    outbox.post(unwanted);
    unwanted.abandoned = true;
    await expectSoon(() => outbox.size).toBe(0);
    expect(outcomes).toEqual([]);
  });
});

describe('withdraw', () => {
  it('gives back what waits, in order, without a word to it', async () => {
    const outbox = outboxWith();
    full.add('a');
    post(outbox, 'a1', 'a2', 'b1');
    await expectSoon(() => taken).toEqual(['b1']);
    outcomes.length = 0;
    expect(outbox.withdraw().map((each) => String(each.frames()[0]))).toEqual(['a1', 'a2']);
    expect(outbox.size).toBe(0);
    expect(outcomes).toEqual([]);
  });

  it('leaves out what was abandoned', () => {
    const outbox = outboxWith();
    const unwanted = messageFor('a2');
    outbox.post(messageFor('a1'));
    outbox.post(unwanted);
    unwanted.abandoned = true;
    expect(outbox.withdraw()).toEqual([]);
  });

  it('lets flushing end', async () => {
    const outbox = outboxWith();
    full.add('a');
    post(outbox, 'a1', 'b1');
    await expectSoon(() => taken).toEqual(['b1']);
    const flushed = outbox.flush(2_000_000);
    outbox.withdraw();
    await expect(flushed).resolves.toBeUndefined();
  });
});

describe('flush', () => {
  it('resolves at once where nothing waits', async () => {
    await expect(outboxWith().flush(2_000_000)).resolves.toBeUndefined();
  });

  it('gives up after its time', async () => {
    const outbox = outboxWith();
    full.add('a');
    post(outbox, 'a1');
    await outbox.flush(1);
    expect(outbox.size).toBe(1);
    outbox.withdraw();
  });
});

describe('sendTimeout', () => {
  it('tells when a peer took nothing for so long', async () => {
    const outbox = outboxWith();
    outbox.sendTimeout = 10;
    full.add('a');
    post(outbox, 'a1');
    await expectSoon(() => stalls).toBeGreaterThan(0);
    outbox.withdraw();
  });

  it('does not take an abandoned message for a peer that stalls', async () => {
    const outbox = outboxWith();
    outbox.sendTimeout = 10;
    full.add('a');
    const unwanted = messageFor('a1');
    unwanted.abandoned = false;
    outbox.post(unwanted);
    await Promise.resolve();
    unwanted.abandoned = true;
    await expectSoon(() => outbox.size).toBe(0);
    expect(stalls).toBe(0);
  });
});
