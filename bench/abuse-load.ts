import { setTimeout } from 'node:timers/promises';
import { RemoteClient } from 'nestjs-remote';

const CLIENTS = 8;

/** How often a new client comes, and paced calls are made, in milliseconds. */
const ARRIVAL = 250;
const BEAT = 20;

/** How much of an error is shown. */
const MOST_TEXT = 200;

/** How good clients make calls. */
export type Load =
  /** So many a second each, however long they take: what the machine has to spare beside the strangers. */
  | { readonly callsPerSecond: number }
  /** So many in flight each: as fast as they can. */
  | { readonly inFlight: number };

/** How good clients fare. */
export interface Fare {
  /** Calls a second that got their responses. */
  readonly rate: number;
  readonly failed: number;
  /** What the errors say, and how often. */
  readonly failures: ReadonlyMap<string, number>;
  /** Milliseconds of calls. */
  readonly p99: number;
  /** Milliseconds in which the slowest new client got its first response; 0 where none did. */
  readonly arrival: number;
}

/** Has good clients make calls for some milliseconds, while new clients come. */
export async function measure(address: string, load: Load, duration: number): Promise<Fare> {
  const clients = Array.from({ length: CLIENTS }, () => clientOf(address));
  const fares = new Fares();
  await Promise.all(clients.map((client) => fares.connected(client)));
  const startedAt = performance.now();
  const elapsed = (): number => performance.now() - startedAt;
  const isOn = (): boolean => elapsed() < duration;
  const calling =
    'inFlight' in load
      ? clients.flatMap((client) =>
          Array.from({ length: load.inFlight }, () => callWhile(isOn, client, fares)),
        )
      : [callPaced(isOn, elapsed, clients, load.callsPerSecond, fares)];
  const arriving: Promise<void>[] = [];
  while (isOn()) {
    const newcomer = clientOf(address);
    arriving.push(fares.newcomer(newcomer).then(() => newcomer.close()));
    await setTimeout(ARRIVAL);
  }
  await Promise.all(calling);
  const seconds = elapsed() / 1000;
  await Promise.all(arriving);
  await Promise.all(clients.map((client) => client.close()));
  return fares.over(seconds);
}

async function callWhile(isOn: () => boolean, client: RemoteClient, fares: Fares): Promise<void> {
  while (isOn()) {
    await fares.call(client);
  }
}

async function callPaced(
  isOn: () => boolean,
  elapsed: () => number,
  clients: readonly RemoteClient[],
  callsPerSecond: number,
  fares: Fares,
): Promise<void> {
  const calls: Promise<void>[] = [];
  for (let made = 0; isOn(); await setTimeout(BEAT)) {
    for (; made < (elapsed() * callsPerSecond) / 1000; made++) {
      calls.push(...clients.map((client) => fares.call(client)));
    }
  }
  await Promise.all(calls);
}

/** Takes the times of calls, and what they fail with. */
class Fares {
  private readonly times: number[] = [];
  private readonly arrivals: number[] = [];
  private readonly failures = new Map<string, number>();
  private failed = 0;

  connected(client: RemoteClient): Promise<void> {
    return this.take(client.connect(), []);
  }

  call(client: RemoteClient): Promise<void> {
    return this.take(client.call['add'](1, 2), this.times);
  }

  newcomer(client: RemoteClient): Promise<void> {
    return this.take(client.call['add'](1, 2), this.arrivals);
  }

  over(seconds: number): Fare {
    const { times, failed, failures } = this;
    const sorted = times.toSorted((one, other) => one - other);
    return {
      rate: times.length / seconds,
      failed,
      failures,
      p99: sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN,
      arrival: Math.max(0, ...this.arrivals),
    };
  }

  private async take(work: Promise<unknown>, into: number[]): Promise<void> {
    const startedAt = performance.now();
    try {
      await work;
      into.push(performance.now() - startedAt);
    } catch (error) {
      this.failed++;
      const text = String(error).replaceAll(/:\d+/g, '').slice(0, MOST_TEXT);
      this.failures.set(text, (this.failures.get(text) ?? 0) + 1);
      await setTimeout(BEAT); // Calls that fail at once would leave the process nothing else to do.
    }
  }
}

function clientOf(address: string): RemoteClient {
  return new RemoteClient({ connect: address, engine: 'net' });
}
