import { setTimeout } from 'node:timers/promises';
import { RemoteClient } from 'nestjs-remote';
import { Replica } from './replica.js';

const CLIENTS = 4;

/** How long calls are made before anything happens, in milliseconds. */
const WARM_UP = 1000;

/** Three equal services, and clients that are connected to all of them. */
export class Site {
  private constructor(
    readonly replicas: Replica[],
    readonly clients: readonly RemoteClient[],
  ) {}

  /** @param slow how long calls of the first service take, in milliseconds */
  static async open(slow = 0): Promise<Site> {
    const replicas = await Promise.all([
      Replica.start({ duration: slow }),
      Replica.start(),
      Replica.start(),
    ]);
    const connect = replicas.map(({ address }) => address);
    const clients = Array.from({ length: CLIENTS }, () => new RemoteClient({ connect }));
    const site = new Site(replicas, clients);
    await Promise.all(clients.map((client) => client.connect()));
    await site.areReady();
    const calls = clients.flatMap((client) =>
      connect.map(() => client.issueCall('work', ['warm'])),
    );
    await Promise.all(calls);
    return site;
  }

  /** Resolves when all clients are connected to all services. */
  async areReady(): Promise<void> {
    const isReady = ({ links }: RemoteClient): boolean =>
      links.every(({ state }) => state === 'ready');
    while (!this.clients.every(isReady)) {
      await setTimeout(5);
    }
  }

  warmUp(): Promise<void> {
    return setTimeout(WARM_UP);
  }

  async close(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.close()));
    this.replicas.forEach((replica) => replica.signal('SIGKILL'));
  }
}
