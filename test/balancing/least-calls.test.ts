import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { LeastCalls } from '../../lib/client/balancing/least-calls.js';
import { DIRECT } from '../../lib/protocol/wire-constants.js';
import { Link, type LinkOwner } from '../../lib/client/links/link.js';
import { SocketNode } from '../../lib/nodes/zeromq/socket-node.js';

const owner: LinkOwner = {
  up: () => undefined,
  down: () => undefined,
  reached: () => undefined,
  unreachable: () => undefined,
  retired: () => undefined,
  closed: () => undefined,
  failed: () => undefined,
  dropped: () => undefined,
  message: () => 1,
};

const request = { kind: 'request', method: 'run', address: DIRECT } as const;

/** A link that is ready: one in this process is as soon as it is open. */
async function readyLink(name: string): Promise<Link> {
  const node = new SocketNode({ type: 'dealer', connect: [`inproc://balancer-${name}`] });
  const link = new Link(node, name, owner);
  await link.open();
  onTestFinished(() => link.close());
  return link;
}

/** Lets a link be silent while something is expected of it. */
function suspect({ health }: Link): void {
  const silence = { heardAt: 0, isExpecting: true, interval: 1000, ask: () => false };
  health.observe(silence);
  health.observe(silence);
}

/** Lets a link fail, and the time of its ejection pass. */
function tryAgain({ health }: Link): void {
  health.lost(1);
  const clock = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 60_000);
  health.observe({ heardAt: 0, isExpecting: false, interval: 1000, ask: () => false });
  clock.mockRestore();
}

describe('LeastCalls', () => {
  let links: Link[];
  let balancer: LeastCalls<Link>;
  const pick = (times: number): (string | undefined)[] =>
    Array.from({ length: times }, () => balancer.pick(links, request)?.name);

  beforeEach(async () => {
    links = await Promise.all(['a', 'b', 'c'].map(readyLink));
    balancer = new LeastCalls();
  });

  it('picks links that are equally busy in turn', () => {
    expect(pick(6)).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
  });

  it('skips a link whose server takes no more calls', () => {
    links[1]!.drain();
    expect(pick(4)).toEqual(['a', 'c', 'a', 'c']);
  });

  it('skips a link whose server has no room for another request', () => {
    const route = links[1]!.routeTo(DIRECT);
    route.credit = 1;
    route.enter();
    expect(pick(4)).toEqual(['a', 'c', 'a', 'c']);
    expect(links.map(() => balancer.pick(links, { ...request, kind: 'event' })?.name)).toEqual([
      'a',
      'b',
      'c',
    ]);
    route.leave();
    expect(pick(3)).toEqual(['a', 'b', 'c']);
  });

  it('skips links that are not connected', () => {
    links[0]!.close();
    expect(pick(4)).toEqual(['b', 'c', 'b', 'c']);
  });

  it('picks the link with the fewest calls', () => {
    links[0]!.enter();
    links[0]!.enter();
    links[1]!.enter();
    expect(pick(1)).toEqual(['c']);
    links[2]!.enter();
    links[2]!.enter();
    expect(pick(1)).toEqual(['b']);
  });

  it('skips a suspected link, however few calls it has', () => {
    suspect(links[1]!);
    links[0]!.enter();
    links[2]!.enter();
    expect(pick(4)).toEqual(['a', 'c', 'a', 'c']);
  });

  it('lets calls wait for a trusted link without room rather than pick a suspected one', () => {
    suspect(links[1]!);
    const full = [links[0]!, links[2]!].map((link) => link.routeTo(DIRECT));
    full.forEach((route) => {
      route.credit = 1;
      route.enter();
    });
    expect(pick(1)).toEqual([undefined]);
    full[0]!.leave();
    expect(pick(1)).toEqual(['a']);
  });

  it('picks ejected links where no other is connected', () => {
    links.forEach((link) => link.health.lost(1));
    links[0]!.enter();
    expect(pick(2)).toEqual(['b', 'c']);
  });

  it('picks a router that does not know the service only where no other link is ready', () => {
    links[0]?.routeTo(DIRECT).missed();
    expect(pick(4)).toEqual(['b', 'c', 'b', 'c']);
    links.slice(1).forEach((link) => link.drain());
    expect(pick(2)).toEqual(['a', 'a']);
  });

  it('gives a router that did not know the service a request again after a while, and no event', () => {
    links[0]?.routeTo(DIRECT).missed();
    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 60_000);
    expect(pick(3)).toEqual(['a', 'b', 'c']);
    const event = { ...request, kind: 'event' } as const;
    expect(balancer.pick(links, event)?.name).toBe('b');
  });

  it('gives a link on trial one request before all others, and no event', () => {
    const link = links[1]!;
    tryAgain(link);
    link.enter();
    expect(balancer.pick(links, { ...request, kind: 'event' })?.name).not.toBe('b');
    expect(link.health.wantsTrial).toBe(true);
    expect(pick(1)).toEqual(['b']);
    expect(link.health.wantsTrial).toBe(false);
    expect(pick(4)).not.toContain('b');
  });

  it('picks among many links the one with fewer calls of two random ones', async () => {
    const many = await Promise.all(Array.from('defghijklm', readyLink));
    many[2]!.enter();
    // The first number chooses a link, the second how far the other is from it.
    const draws = [0.2, 0, 0.3, 0];
    balancer = new LeastCalls(() => draws.shift() ?? 0);
    expect(balancer.pick(many, request)).toBe(many[3]);
    expect(balancer.pick(many, request)).toBe(many[3]);
  });

  it('looks at all of many links where one of the two is not trusted', async () => {
    const many = await Promise.all(Array.from('nopqrstuvw', readyLink));
    many.slice(0, 9).forEach((link) => link.drain());
    balancer = new LeastCalls();
    expect(balancer.pick(many, request)).toBe(many[9]);
  });

  it('picks none where none is ready', () => {
    links.forEach((link) => link.drain());
    expect(pick(1)).toEqual([undefined]);
  });

  it('picks none where there is none', () => {
    links = [];
    expect(pick(1)).toEqual([undefined]);
  });
});
