import { expect, it } from 'vitest';
import { Load } from '../../lib/server/calls/load.js';
import { Peer } from '../../lib/server/peers/peer.js';
import { SocketNode } from '../../lib/nodes/zeromq/socket-node.js';

function peer(): Peer {
  return new Peer(new SocketNode({ type: 'router' }), Buffer.from('peer'), undefined);
}

/** Lets a request come every 100 ms for some seconds, beside so many others. @returns when that ends */
function work(load: Load, inFlight: number, seconds: number, from = 0): number {
  for (let step = 0; step < seconds * 10; step++) {
    load.arrived(inFlight, from + step * 100);
  }
  return from + seconds * 1000;
}

it('is not told while there is none', () => {
  const load = new Load();
  work(load, 0, 10);
  expect(load.for(peer())).toBeUndefined();
});

it('is what is in flight soon after a server has come, so that it does not count as idle', () => {
  const load = new Load();
  const one = peer();
  work(load, 10, 2);
  expect(load.for(one)).toBe(1000);
});

it('follows a change within some seconds', () => {
  const load = new Load();
  const one = peer();
  let now = work(load, 10, 20);
  now = work(load, 20, 4, now);
  expect(load.for(one)).toBeLessThan(1600);
  work(load, 20, 60, now);
  expect(load.for(one)).toBeGreaterThan(1990);
});

it('is told to each client again only once it has changed', () => {
  const load = new Load();
  const [one, other] = [peer(), peer()];
  const now = work(load, 10, 100);
  expect(load.for(one)).toBe(1000);
  expect([load.for(one), load.for(other)]).toEqual([undefined, 1000]);
  work(load, 20, 100, now);
  expect(load.for(one)).toBe(2000);
});

it('is told to a client that takes the place of another', () => {
  const load = new Load();
  const one = peer();
  work(load, 10, 100);
  expect(load.for(one)).toBe(1000);
  one.replaced();
  expect(load.for(one)).toBe(1000);
});

it('vanishes while nothing comes', () => {
  const load = new Load();
  const one = peer();
  const now = work(load, 10, 100);
  load.for(one);
  load.arrived(0, now + 60_000);
  expect(load.for(one)).toBeLessThan(10);
});
