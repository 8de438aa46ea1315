import { expect, it } from 'vitest';
import { vacantAddress } from '../robustness/processes.js';
import { expectSoon } from './node-recorder.js';
import { openProjectNode as open } from './project-node.js';
import { HAS_IPV6 } from '../support/names.js';

const ANYWHERE = ['tcp://127.0.0.1:*'];
const to = Buffer.from('-');

const sorted = (texts: readonly string[]): string[] =>
  [...new Set(texts)].toSorted((one, other) => one.localeCompare(other));

/** Two nodes that are bound, and their addresses. */
async function two(type: 'pub' | 'sub') {
  const nodes = [
    await open({ type, bind: ANYWHERE }),
    await open({ type, bind: ANYWHERE }),
  ] as const;
  const addresses = nodes.map(({ node }) => node.addresses[0] ?? '') as [string, string];
  return { nodes, addresses };
}

it('a SUB that follows addresses takes from those alone', async () => {
  const { nodes, addresses } = await two('pub');
  const [first, second] = addresses;
  const { node: subscriber, at } = await open({ type: 'sub', connect: [first] });
  const publish = async (): Promise<string[]> => {
    at.messages.length = 0;
    await nodes[0].node.send([Buffer.from('first')], to);
    await nodes[1].node.send([Buffer.from('second')], to);
    await new Promise((resolve) => setImmediate(resolve));
    return sorted(at.payloads);
  };
  await expectSoon(publish).toEqual(['first']);
  subscriber.follow?.([first, second]);
  await expectSoon(publish).toEqual(['first', 'second']);
  subscriber.follow?.([second]);
  await expectSoon(publish).toEqual(['second']);
  subscriber.close();
  await subscriber.open(at);
  await expectSoon(publish).toEqual(['second']);
});

it('a PUB that follows addresses sends to those alone', async () => {
  const { nodes, addresses } = await two('sub');
  const [first, second] = addresses;
  const { node: publisher } = await open({ type: 'pub', connect: [first] });
  const reached = async (): Promise<string[]> => {
    nodes.forEach(({ at }) => (at.messages.length = 0));
    await publisher.send([Buffer.from('news')], to);
    await new Promise((resolve) => setImmediate(resolve));
    return nodes.flatMap(({ at }, index) => (at.messages.length > 0 ? [`${index}`] : []));
  };
  await expectSoon(reached).toEqual(['0']);
  publisher.follow?.([first, second]);
  await expectSoon(reached).toEqual(['0', '1']);
  publisher.follow?.([second]);
  await expectSoon(reached).toEqual(['1']);
  publisher.close();
  await publisher.open({ message: () => undefined });
  await expectSoon(reached).toEqual(['1']);
});

it('a SUB follows the others of a list with an address that it cannot use, and names that one', async () => {
  const { nodes, addresses } = await two('pub');
  const { node: subscriber, at } = await open({ type: 'sub', follows: true });
  const follow = (): void =>
    subscriber.follow?.([addresses[0], 'memory://elsewhere', addresses[1]]);
  expect(follow).toThrow(/memory:\/\/elsewhere/);
  await expectSoon(async () => {
    await nodes[0].node.send([Buffer.from('first')], to);
    await nodes[1].node.send([Buffer.from('second')], to);
    return sorted(at.payloads);
  }).toEqual(['first', 'second']);
});

it('a SUB that is told to follow an address where nobody listens connects once somebody does', async () => {
  const { nodes, addresses } = await two('pub');
  const { node: subscriber, at } = await open({ type: 'sub', connect: [addresses[0]] });
  nodes[1].node.close();
  subscriber.follow?.([addresses[1]]);
  const { node: successor } = await open({ type: 'pub', bind: [addresses[1]] });
  await expectSoon(async () => {
    await successor.send([Buffer.from('second')], to);
    return at.payloads;
  }).toContain('second');
});

it('a DEALER follows no addresses: it has a node for each', async () => {
  const { node: server } = await open({ type: 'router', bind: ANYWHERE });
  const { node: dealer, at } = await open({ type: 'dealer', connect: server.addresses });
  dealer.follow?.([await vacantAddress()]);
  await expectSoon(() => at.links).toEqual(['up']);
});

it.each(['tcp://127.0.0.1:*', ...(HAS_IPV6 ? ['tcp://[::1]:*'] : [])])(
  'a SUB and a PUB that were given no address follow one, such as %s',
  async (bind) => {
    const { node: publisher } = await open({ type: 'pub', bind: [bind] });
    const { node: subscriber, at } = await open({ type: 'sub', follows: true });
    subscriber.follow?.(publisher.addresses);
    await expectSoon(async () => {
      await publisher.send([Buffer.from('bound')], to);
      return at.payloads;
    }).toContain('bound');
    const { node: bound, at: atBound } = await open({ type: 'sub', bind: [bind] });
    const { node: follower } = await open({ type: 'pub', follows: true });
    follower.follow?.(bound.addresses);
    await expectSoon(async () => {
      await follower.send([Buffer.from('following')], to);
      return atBound.payloads;
    }).toContain('following');
  },
);
