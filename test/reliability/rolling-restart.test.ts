import { setTimeout } from 'node:timers/promises';
import type { RemoteClient } from 'nestjs-remote';
import { expect, test } from 'vitest';
import { Replica, areReady, connectTo } from './replicas.js';

/** Milliseconds from one call of a client to its next: 500 calls a second with four clients. */
const PAUSE = 8;

test('no call fails and none runs twice while three servers are restarted twice, one after the other', async () => {
  const replicas = await Replica.startThree();
  const clients = await Promise.all(Array.from({ length: 4 }, () => connectTo(replicas)));
  const loads = clients.map((client, number) => new Load(client, number));
  const ran: unknown[] = [];
  for (let round = 0; round < 2; round++) {
    for (const [index, replica] of replicas.entries()) {
      ran.push(...(await replica.terminate()));
      replicas[index] = await Replica.start(replica.address);
      await Promise.all(clients.map(areReady));
    }
  }
  const failures = (await Promise.all(loads.map((load) => load.stop()))).flat();
  for (const replica of replicas) {
    ran.push(...(await replica.terminate()));
  }
  expect(failures).toEqual([]);
  const made = loads.flatMap(({ names }) => names);
  const counts = new Map(made.map((name): [unknown, number] => [name, 0]));
  ran
    .filter((name) => name !== 'first')
    .forEach((name) => counts.set(name, (counts.get(name) ?? 0) + 1));
  expect([...counts].filter(([, times]) => times !== 1)).toEqual([]);
}, 120_000);

/** Makes calls at a steady pace, however long they take. */
class Load {
  readonly names: string[] = [];
  private readonly calls: Promise<unknown>[] = [];
  private isOn = true;
  private readonly running: Promise<void>;

  constructor(
    private readonly client: RemoteClient,
    private readonly number: number,
  ) {
    this.running = this.run();
  }

  /** @returns what its calls have failed with */
  async stop(): Promise<unknown[]> {
    this.isOn = false;
    await this.running;
    const ends = await Promise.allSettled(this.calls);
    return ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
  }

  private async run(): Promise<void> {
    while (this.isOn) {
      const name = `${this.number}.${this.names.length}`;
      this.names.push(name);
      const call = this.client.issueCall('work', [name]);
      call.catch(() => undefined); // It counts in the end.
      this.calls.push(call);
      await setTimeout(PAUSE);
    }
  }
}
