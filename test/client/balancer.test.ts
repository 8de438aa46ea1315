import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { RoundRobin } from '../../lib/client/links/balancer.js';
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

describe('RoundRobin', () => {
  let links: Link[];
  let balancer: RoundRobin;
  const pick = (times: number): (string | undefined)[] =>
    Array.from({ length: times }, () => balancer.pick(links, request)?.name);

  beforeEach(async () => {
    links = await Promise.all(['a', 'b', 'c'].map(readyLink));
    balancer = new RoundRobin();
  });

  it('picks the links in turn', () => {
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

  it('picks none where none is ready', () => {
    links.forEach((link) => link.drain());
    expect(pick(1)).toEqual([undefined]);
  });

  it('picks none where there is none', () => {
    links = [];
    expect(pick(1)).toEqual([undefined]);
  });
});
