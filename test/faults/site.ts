import type { RemoteClient } from 'nestjs-remote';
import { interval, map, take } from 'rxjs';
import { onTestFinished } from 'vitest';
import { echo, listen } from '../robustness/plain-service.js';
import { startRouter } from '../router/peers.js';
import { createClient } from '../support/nest.js';
import { TcpProxy } from './tcp-proxy.js';

const ANYWHERE = 'tcp://127.0.0.1:*';

/** How many values a stream of `count` has. */
export const COUNT: readonly number[] = Array.from({ length: 30 }, (_, index) => index);

/** Where the cable is that faults happen to. */
export type Place = 'client ─ server' | 'client ─ router' | 'router ─ service';

export const PLACES: readonly Place[] = ['client ─ server', 'client ─ router', 'router ─ service'];

/** A client and what it calls, with a cable between them. */
export interface Site {
  readonly client: RemoteClient;
  readonly proxy: TcpProxy;
  /** The data of the events that came. */
  readonly noted: readonly unknown[];
}

/** Sets up a client and a service, which end with the test. */
export async function openSite(place: Place): Promise<Site> {
  const proxy = await TcpProxy.open();
  onTestFinished(() => proxy.close());
  const noted: unknown[] = [];
  const handlers = {
    requests: {
      echo,
      count: () =>
        Promise.resolve(
          interval(2).pipe(
            take(COUNT.length),
            map((index) => index),
          ),
        ),
    },
    events: { note: (data: unknown) => Promise.resolve(noted.push(data)) },
  };
  const heartbeat = 100;
  // It refuses no call on a busy machine: what is tested is what becomes of links.
  const options = { heartbeat, maxLoopDelay: 0 };
  if (place === 'client ─ server') {
    const { address } = await listen(handlers, { ...options, bind: ANYWHERE });
    proxy.leadTo(address);
    const client = createClient({ connect: proxy.address, timeout: 1000, heartbeat });
    return { client, proxy, noted };
  }
  const { frontend, backend } = await startRouter();
  const ways = { frontend, backend };
  const side = place === 'client ─ router' ? 'frontend' : 'backend';
  proxy.leadTo(ways[side]);
  ways[side] = proxy.address;
  await listen(handlers, {
    ...options,
    connect: ways.backend,
    identity: 'service',
  });
  const client = createClient({
    connect: ways.frontend,
    address: 'service',
    timeout: 1000,
    heartbeat,
  });
  return { client, proxy, noted };
}
