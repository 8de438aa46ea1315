import { setTimeout } from 'node:timers/promises';
import { RemoteClient } from 'nestjs-remote';
import { Replica } from '../reliability/replica.js';
import { EtcdProcess } from './etcd-process.js';

const NAME = 'services/work';

/** How many processes start at once. */
const AT_ONCE = 4;

/** How often what a client knows is looked at, in milliseconds. */
const GLANCE = 2;

/** An etcd, many services that register there, and clients that find them. */
export class Fleet {
  services: Replica[] = [];
  readonly clients: readonly RemoteClient[];
  /** Has a link to each service, to tell what there is. */
  readonly observer: RemoteClient;

  private constructor(
    readonly etcd: EtcdProcess,
    clients: number,
  ) {
    const connect = `etcd://${etcd.host}/${NAME}`;
    this.clients = Array.from(
      { length: clients },
      () => new RemoteClient({ connect, engine: 'net' }),
    );
    this.observer = new RemoteClient({ connect, engine: 'net', subset: 0 });
  }

  static async open(services: number, clients: number): Promise<Fleet> {
    const fleet = new Fleet(await EtcdProcess.start(), clients);
    while (fleet.services.length < services) {
      await fleet.add(Math.min(AT_ONCE, services - fleet.services.length));
    }
    await Promise.all([...fleet.clients, fleet.observer].map((client) => client.connect()));
    await fleet.isKnown();
    return fleet;
  }

  /** Starts services. */
  async add(count: number): Promise<readonly Replica[]> {
    const register = { endpoints: this.etcd.endpoint, name: NAME };
    const starting = Array.from({ length: count }, () =>
      Replica.start({ engine: 'net', register }),
    );
    const added = await Promise.all(starting);
    this.services.push(...added);
    return added;
  }

  /** Takes services out of the list. */
  take(count: number): readonly Replica[] {
    return this.services.splice(0, count);
  }

  /** Resolves when calls can go to a service. */
  async isReady({ address }: Replica): Promise<void> {
    const isIt = (link: RemoteClient['links'][number]): boolean =>
      link.address === address && link.state === 'ready';
    while (!this.observer.links.some(isIt)) {
      await setTimeout(GLANCE);
    }
  }

  /** Resolves when exactly the services of the list are known, and calls can go to them. */
  async isKnown(): Promise<void> {
    const wanted = new Set(this.services.map(({ address }) => address));
    const isRight = (): boolean => {
      const { links } = this.observer;
      return (
        links.length === wanted.size &&
        links.every(({ address, state }) => wanted.has(address) && state === 'ready')
      );
    };
    while (!isRight()) {
      await setTimeout(GLANCE);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.clients, this.observer].map((client) => client.close()));
    await Promise.all(this.services.map((service) => service.kill()));
    await this.etcd.remove();
  }
}
