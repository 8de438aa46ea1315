import { beforeEach, describe, expect, it } from 'vitest';
import type { Node } from '../../lib/nodes/node.js';
import { RawItem } from '../../lib/cbor/values.js';
import type { Peer } from '../../lib/server/peers/peer.js';
import { PeerTable } from '../../lib/server/peers/peer-table.js';

/** A time on the clock of `performance.now()`. */
const NOW = 1_000_000;

/** How long an idle peer is remembered, in milliseconds, and how many are. */
const REMEMBERED = 60_000;
const MAX_IDLE = 65_536;

const DIRECT = Buffer.from('-');

let table: PeerTable;

beforeEach(() => {
  table = new PeerTable({} as Node, MAX_IDLE);
});

const heard = (sender: string, now = NOW, returnAddress?: Buffer): Peer =>
  table.heard(Buffer.from(sender), returnAddress, now);

const isKnown = (sender: string): boolean => table.of(Buffer.from(sender)).length > 0;

/** A request that keeps its peer busy: only that it is there matters. */
const request = {};

describe('a peer', () => {
  it.each([undefined, DIRECT])('is the same whenever it is heard of: %s', (returnAddress) => {
    const peer = heard('a', NOW, returnAddress);
    expect(heard('a', NOW + 1, returnAddress && Buffer.from(returnAddress))).toBe(peer);
    expect(peer.heardAt).toBe(NOW + 1);
    expect(table.all()).toEqual([peer]);
  });

  it.each([
    ['another sender', 'b', DIRECT],
    ['another return address', 'a', Buffer.from('svc')],
    ['an empty return address', 'a', Buffer.alloc(0)],
    ['no return address', 'a', undefined],
  ])('is another with %s', (_, sender, returnAddress) => {
    const peer = heard('a', NOW, DIRECT);
    const other = heard(sender, NOW, returnAddress);
    expect(other).not.toBe(peer);
    expect(table.all()).toEqual([peer, other]);
  });

  it('is distinguished from others by bytes that are no text', () => {
    const peers = [Buffer.of(0xff), Buffer.of(0xfe), Buffer.of(0xc3, 0xbf)].map((sender) =>
      table.heard(sender, undefined, NOW),
    );
    expect(new Set(peers).size).toBe(3);
  });

  it('is found by its sender, whatever its return address', () => {
    const peers = [heard('a', NOW, DIRECT), heard('a', NOW, Buffer.from('svc'))];
    heard('b', NOW, DIRECT);
    expect(table.of(Buffer.from('a'))).toEqual(peers);
  });
});

describe('a peer without calls', () => {
  it('is forgotten when it was not heard of for 60 s, once another comes', () => {
    heard('a');
    heard('b', NOW + REMEMBERED);
    expect([isKnown('a'), isKnown('b')]).toEqual([false, true]);
  });

  it('is remembered for 60 s', () => {
    heard('a');
    heard('b', NOW + REMEMBERED - 1);
    expect(isKnown('a')).toBe(true);
  });

  it('is remembered for 60 s after it was last heard of', () => {
    heard('a');
    heard('a', NOW + 1);
    heard('b', NOW + REMEMBERED);
    expect(isKnown('a')).toBe(true);
  });

  it('is forgotten by itself where its sender has other return addresses', () => {
    heard('a', NOW, Buffer.from('old'));
    const kept = heard('a', NOW + 1, Buffer.from('new'));
    heard('b', NOW + REMEMBERED);
    expect(table.of(Buffer.from('a'))).toEqual([kept]);
  });

  it('is another peer when it comes back', () => {
    const peer = heard('a');
    expect(heard('b', NOW + REMEMBERED)).not.toBe(peer);
    expect(heard('a', NOW + REMEMBERED)).not.toBe(peer);
  });
});

describe.each([
  ['a number', 7],
  ['anything else', new RawItem(Buffer.of(0x61, 0x61))],
])('a peer with a running call whose id is %s', (_, id) => {
  it('is never forgotten', () => {
    const peer = heard('a');
    peer.requests.add(id, request);
    heard('b', NOW + 100 * REMEMBERED);
    expect(heard('a', NOW + 100 * REMEMBERED)).toBe(peer);
  });

  it('is forgotten once its calls have ended', () => {
    const peer = heard('a');
    peer.requests.add(id, request);
    heard('b', NOW + REMEMBERED);
    peer.requests.delete(id);
    heard('c', NOW + 2 * REMEMBERED);
    expect([isKnown('a'), isKnown('b'), isKnown('c')]).toEqual([false, false, true]);
  });
});

describe('a crowd', () => {
  beforeEach(() => {
    for (let number = 0; number < MAX_IDLE; number++) {
      heard(`peer ${number}`);
    }
  });

  it('is remembered up to 65,536 peers', () => {
    expect(table.all().length).toBe(MAX_IDLE);
    expect(isKnown('peer 0')).toBe(true);
  });

  it('loses its oldest where one more comes', () => {
    heard('another');
    expect(table.all().length).toBeLessThanOrEqual(MAX_IDLE);
    expect(isKnown('peer 0')).toBe(false);
    expect([isKnown(`peer ${MAX_IDLE - 1}`), isKnown('another')]).toEqual([true, true]);
  });

  it('does not lose those with running calls', () => {
    const busy = [0, 1, 2].map((number) => heard(`peer ${number}`));
    busy.forEach((peer) => peer.requests.add(7, request));
    heard('another');
    // So many peers would take minutes to print.
    const kept = new Set(table.all());
    expect(busy.map((peer) => kept.has(peer))).toEqual([true, true, true]);
    expect(isKnown('peer 3')).toBe(false);
  });

  it('is forgotten by clear, and grows again', () => {
    table.clear();
    expect(table.all()).toEqual([]);
    heard('peer 0');
    heard('peer 1');
    expect(isKnown('peer 0')).toBe(true);
  });
});

describe('a crowd of peers', () => {
  it('loses those first that were not heard of for longest', () => {
    for (let number = 0; number < 65_536; number++) {
      table.heard(Buffer.from(`peer ${number}`), undefined, 1_000_000);
    }
    const active = table.heard(Buffer.from('peer 0'), undefined, 1_000_010);
    table.heard(Buffer.from('another'), undefined, 1_000_011);
    expect(table.of(Buffer.from('peer 0'))).toEqual([active]);
  });
});

describe('a peer that was taken out', () => {
  it('is another one when its sender is heard of again, while its calls go on', () => {
    const peer = heard('a', NOW, DIRECT);
    peer.requests.add(7, request);
    expect(table.take(Buffer.from('a'))).toEqual([peer]);
    expect(table.all()).toEqual([]);
    const successor = heard('a', NOW, DIRECT);
    expect(successor).not.toBe(peer);
    expect(successor.requests.add(7, request)).toBe(true);
  });

  it('is not taken out again', () => {
    heard('a', NOW, DIRECT);
    table.take(Buffer.from('a'));
    expect(table.take(Buffer.from('a'))).toEqual([]);
  });

  it('is kept by nothing, however often its sender comes and goes', () => {
    heard('a');
    const { line } = table as unknown as { line: { size: number } };
    for (let times = 0; times < 1000; times++) {
      heard('b', NOW, DIRECT);
      table.take(Buffer.from('b'));
    }
    expect(line.size).toBeLessThan(20);
  });

  it('makes room for others', () => {
    for (let number = 0; number < MAX_IDLE; number++) {
      heard('crowd', NOW, Buffer.from(String(number)));
    }
    table.take(Buffer.from('crowd'));
    heard('a');
    heard('b');
    expect([isKnown('a'), isKnown('b')]).toEqual([true, true]);
  });
});

describe('a crowd of busy peers', () => {
  /** How often it was asked whether a peer is busy. */
  let looks: number;

  beforeEach(() => {
    looks = 0;
    for (let number = 0; number < MAX_IDLE; number++) {
      const peer = heard(`busy ${number}`);
      peer.requests.add(7, request);
      Object.defineProperty(peer, 'isBusy', { get: () => ++looks > 0 });
    }
    looks = 0;
  });

  it('costs a new peer no more than a few looks', () => {
    for (let number = 0; number < 100; number++) {
      heard(`another ${number}`).requests.add(7, request);
    }
    expect(looks).toBeLessThan(100 * 20);
    expect(table.all().length).toBe(MAX_IDLE + 100);
  });

  it('costs nothing but that where all of them are heard of all the time', () => {
    for (let number = 0; number < 100; number++) {
      heard(`busy ${number}`, NOW + 1);
      heard(`another ${number}`, NOW + 1);
    }
    expect(looks).toBeLessThan(100 * 20);
  });
});

it('forgets an idle peer in a crowd though all were heard of since', () => {
  for (let number = 0; number < MAX_IDLE; number++) {
    heard(`peer ${number}`);
  }
  for (let number = 0; number < MAX_IDLE; number++) {
    heard(`peer ${number}`, NOW + 1);
  }
  for (let number = 0; number < 100; number++) {
    heard(`another ${number}`, NOW + 2);
  }
  expect(table.all().length).toBe(MAX_IDLE);
});
