import { describe, expect, it } from 'vitest';
import type { Affinity, RemoteClientOptions } from 'nestjs-remote';
import { listen } from '../robustness/plain-service.js';
import { createClient } from '../support/nest.js';

type Listening = Awaited<ReturnType<typeof listen>>;

const KEYS = Array.from({ length: 40 }, (_, number) => `user ${number}`);
const byFirst: Affinity = (_method, [first]) => (typeof first === 'string' ? first : undefined);

/** Servers that tell by their number which of them has a call. */
async function listenNumbered(count: number): Promise<(Listening & { events: string[] })[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, number) => {
      const events: string[] = [];
      const listening = await listen({
        requests: { number: () => Promise.resolve(number) },
        events: {
          event: (key: string) => {
            events.push(key);
            return Promise.resolve();
          },
        },
      });
      return { ...listening, events };
    }),
  );
}

/** A client whose links are all up. */
async function connected(options: RemoteClientOptions, links: number) {
  const client = createClient(options);
  await client.connect();
  const up = (): number => client.links.filter(({ state }) => state === 'ready').length;
  await expect.poll(up).toBe(links);
  return client;
}

describe('calls of one key', () => {
  it('go to the same server, whoever makes them', async () => {
    const connect = (await listenNumbered(4)).map(({ address }) => address);
    const one = await connected({ connect, affinity: byFirst }, 4);
    const other = await connected({ connect: connect.toReversed(), affinity: byFirst }, 4);
    const numbers = await Promise.all(KEYS.map((key) => one.call.number(key)));
    expect(new Set(numbers).size).toBe(4);
    expect(await Promise.all(KEYS.map((key) => other.call.number(key)))).toEqual(numbers);
    expect(await Promise.all(KEYS.map((key) => one.call.number(key)))).toEqual(numbers);
  });

  it('go to one other server while theirs is down, and those of other keys stay', async () => {
    const servers = await listenNumbered(4);
    const connect = servers.map(({ address }) => address);
    const client = await connected({ connect, affinity: byFirst }, 4);
    const before = await Promise.all(KEYS.map((key) => client.call.number(key)));
    await servers[1]!.server.close();
    const after = await Promise.all(KEYS.map((key) => client.call.number(key)));
    const again = await Promise.all(KEYS.map((key) => client.call.number(key)));
    expect(after).toEqual(again);
    expect(after).not.toContain(1);
    expect(after.filter((number, place) => number !== before[place]).length).toBe(
      before.filter((number) => number === 1).length,
    );
  });

  it('are events too', async () => {
    const servers = await listenNumbered(3);
    const connect = servers.map(({ address }) => address);
    const client = await connected({ connect, affinity: byFirst }, 3);
    const owners = await Promise.all(KEYS.map((key) => client.call.number(key)));
    await Promise.all(KEYS.map((key) => client.notify.event(key)));
    const expected = servers.map((_, number) =>
      KEYS.filter((_key, place) => owners[place] === number),
    );
    await expect.poll(() => servers.map(({ events }) => events)).toEqual(expected);
  });

  it('are any where there is no key', async () => {
    const connect = (await listenNumbered(3)).map(({ address }) => address);
    const client = await connected({ connect, affinity: byFirst }, 3);
    const numbers = await Promise.all([1, 2, 3].map((number) => client.call.number(number)));
    expect(new Set(numbers)).toEqual(new Set([0, 1, 2]));
  });

  it('fail where the key is no text', async () => {
    const [server] = await listenNumbered(1);
    const affinity = (() => 5) as unknown as Affinity;
    const client = createClient({ connect: server!.address, affinity });
    await expect(client.call.number()).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message:
        "option affinity('number'): 5 cannot be used; return a text, or undefined for any server",
    });
  });
});

describe('a server', () => {
  it('tells a client how many calls of others it has in flight', async () => {
    const { address } = await listen({
      requests: {
        hold: () => new Promise<never>(() => undefined),
        quick: () => Promise.resolve(1),
      },
    });
    const busy = createClient({ connect: address, timeout: 0 });
    const held = Promise.allSettled(Array.from({ length: 50 }, () => busy.call.hold()));
    const client = createClient(address);
    const load = async (): Promise<number> => {
      await client.call.quick();
      return client.links[0]?.load ?? 0;
    };
    await expect.poll(load, { timeout: 20_000 }).toBeGreaterThan(2);
    expect(client.links[0]?.inFlight).toBe(0);
    await busy.close();
    await held;
  });
});
