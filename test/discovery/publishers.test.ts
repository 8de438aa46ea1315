import { type RemoteClient, type RemoteServerOptions, etcd } from 'nestjs-remote';
import { describe, expect, it } from 'vitest';
import { listen } from '../robustness/plain-service.js';
import { Etcd, describeEtcd } from '../support/etcd.js';
import { createClient } from '../support/nest.js';

const ANYWHERE = 'tcp://127.0.0.1:*';
const NAME = 'telemetry';

const registryOf = ({ endpoint }: Etcd): ReturnType<typeof etcd> =>
  etcd({ endpoints: endpoint, name: NAME });

const sourceOf = ({ host }: Etcd): string => `etcd://${host}/${NAME}`;

/** Publishes the names of these publishers until a subscriber has got just those. */
async function expectHeard(received: Set<string>, ...publishers: Publisher[]): Promise<void> {
  await expect
    .poll(async () => {
      received.clear();
      await Promise.all(publishers.map(({ client, name }) => client.notify.news(name)));
      await new Promise((resolve) => setImmediate(resolve));
      return [...received].toSorted((one, other) => one.localeCompare(other));
    })
    .toEqual(publishers.map(({ name }) => name));
}

interface Publisher {
  readonly name: string;
  readonly client: RemoteClient;
}

describe.each(['zeromq', 'net'] as const)('with the engine %s', (engine) => {
  /** A publisher that subscribers find. */
  async function publish(source: Etcd, name: string): Promise<Publisher> {
    const options = {
      socket: 'pub',
      bind: ANYWHERE,
      register: registryOf(source),
      engine,
    } as const;
    const client = createClient(options);
    await client.connect();
    return { name, client };
  }

  /** A subscriber. @param received gets what it hears */
  async function subscribe(
    received: Set<string>,
    options: RemoteServerOptions,
  ): Promise<{ address: string }> {
    const news = (name: string): Promise<void> => Promise.resolve(void received.add(name));
    return listen({ events: { news } }, { socket: 'sub', engine, ...options });
  }

  describeEtcd('a SUB that finds its publishers in etcd', () => {
    it('follows those that come and go', async () => {
      const source = await Etcd.start();
      const received = new Set<string>();
      await subscribe(received, { connect: sourceOf(source) });
      const first = await publish(source, 'first');
      await expectHeard(received, first);
      const second = await publish(source, 'second');
      await expectHeard(received, first, second);
      await first.client.close();
      await expectHeard(received, second);
      await second.client.close();
      const third = await publish(source, 'third');
      await expectHeard(received, third);
    });

    it('hears them while etcd is down, and those that come when it is back', async () => {
      const source = await Etcd.start();
      const received = new Set<string>();
      await subscribe(received, { connect: sourceOf(source) });
      const first = await publish(source, 'first');
      await expectHeard(received, first);
      await source.kill();
      const second = await publish(source, 'second');
      await expectHeard(received, first);
      await source.restart();
      await expectHeard(received, first, second);
    });

    it('hears those, too, that are given by their address', async () => {
      const source = await Etcd.start();
      const received = new Set<string>();
      const fixed = createClient({ socket: 'pub', bind: ANYWHERE, engine });
      await fixed.connect();
      const [socket] = fixed.unwrap<{ lastEndpoint: string }[]>();
      const connect = [socket?.lastEndpoint ?? '', sourceOf(source)];
      await subscribe(received, { connect });
      const found = await publish(source, 'found');
      await expectHeard(received, { name: 'fixed', client: fixed }, found);
    });

    it('hears those, too, that connect to it', async () => {
      const source = await Etcd.start();
      const received = new Set<string>();
      const { address } = await subscribe(received, { bind: ANYWHERE, connect: sourceOf(source) });
      const connecting = createClient({ socket: 'pub', connect: address, engine });
      const found = await publish(source, 'found');
      await expectHeard(received, { name: 'connecting', client: connecting }, found);
    });
  });

  describeEtcd('a PUB that finds its subscribers in etcd', () => {
    it('follows those that come and go', async () => {
      const source = await Etcd.start();
      const name = 'me';
      const client = createClient({ socket: 'pub', connect: sourceOf(source), engine });
      await client.connect();
      const register = registryOf(source);
      for (let round = 0; round < 2; round++) {
        const received = new Set<string>();
        await subscribe(received, { bind: ANYWHERE, register });
        await expectHeard(received, { name, client });
      }
    });
  });
});
