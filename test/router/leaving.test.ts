import { existsSync } from 'node:fs';
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { Registry, ServerGenerator } from 'nestjs-remote';
import { describe, expect, it } from 'vitest';
import { type Handlers, echo, listen } from '../robustness/plain-service.js';
import { ipcAddress } from '../robustness/processes.js';
import { keepCalling } from '../support/keep-calling.js';
import { createClient } from '../support/nest.js';
import { areServed, clientOf } from './pair.js';
import { type RunningRouter, startRouter } from './peers.js';
import { startServices } from './processes.js';

/** Long enough to be in flight when a router begins to leave. */
const slow = (data: unknown): Promise<unknown> => setTimeout(50, data);

/** A router that comes back to the addresses that it had. */
async function startLastingRouter(
  options: Parameters<typeof startRouter>[0] = {},
): Promise<RunningRouter> {
  return startRouter({ frontend: await ipcAddress(), backend: await ipcAddress(), ...options });
}

/** Several calls at a time, some of which take their time. */
const METHODS = ['echo', 'echo', 'slow', 'slow', 'slow', 'slow'];

/** Resolves when a router has passed some more calls of clients on. */
async function morePassed({ router }: RunningRouter): Promise<void> {
  const passed = (): number => router.counts.forwarded.frontend;
  const before = passed();
  await expect.poll(passed).toBeGreaterThan(before + 20);
}

/** Closes each of these routers while the others stay, and opens it again, twice. */
async function closeInTurn(routers: readonly RunningRouter[]): Promise<void> {
  for (const running of [...routers, ...routers]) {
    await morePassed(running);
    await running.router.close();
    await running.router.open();
    await areServed([running.frontend], 'svc');
  }
}

/** Where one side of some routers is registered, and found. */
class Site {
  private readonly addresses = new Set<string>();
  private changed: (() => void)[] = [];

  readonly registry: Registry = {
    register: ({ addresses }) => {
      addresses.forEach((address) => this.addresses.add(address));
      this.tell();
      return {
        end: () => {
          addresses.forEach((address) => this.addresses.delete(address));
          this.tell();
          return Promise.resolve();
        },
      };
    },
  };

  readonly resolve: ServerGenerator = async function* (this: Site, signal: AbortSignal) {
    signal.addEventListener('abort', () => this.tell());
    while (!signal.aborted) {
      const change = new Promise<void>((resolve) => this.changed.push(resolve));
      yield [...this.addresses];
      await change;
    }
  }.bind(this);

  private tell(): void {
    this.changed.splice(0).forEach((wake) => wake());
  }
}

/** A handler whose calls end when the test says so. */
function held(): { handlers: Handlers; release: () => void; count: () => number } {
  const waiting: ((result: string) => void)[] = [];
  return {
    handlers: { requests: { echo, hold: () => new Promise((resolve) => waiting.push(resolve)) } },
    release: () => waiting.forEach((resolve) => resolve('released')),
    count: () => waiting.length,
  };
}

describe('A router that is closed', () => {
  it('loses no call of clients that have another one in connect', async () => {
    const routers = [await startLastingRouter(), await startLastingRouter()];
    const connect = routers.map(({ backend }) => backend);
    const frontends = routers.map(({ frontend }) => frontend);
    await listen({ requests: { echo, slow } }, { connect, identity: 'svc' });
    await areServed(frontends, 'svc');
    const calls = keepCalling(await clientOf(frontends, { address: 'svc', timeout: 0 }), METHODS);

    await closeInTurn(routers);

    expect(await calls.stop()).toEqual([]);
  });

  it('loses no call of clients and services that find routers by a source', async () => {
    const [clients, services] = [new Site(), new Site()];
    const register = { frontend: clients.registry, backend: services.registry };
    const routers = [
      await startLastingRouter({ register }),
      await startLastingRouter({ register }),
    ];
    const { resolve } = services;
    await listen({ requests: { echo, slow } }, { resolve, identity: 'svc' });
    await areServed(
      routers.map(({ frontend }) => frontend),
      'svc',
    );
    const client = createClient({ resolve: clients.resolve, address: 'svc', timeout: 0 });
    const calls = keepCalling(client, METHODS);

    await closeInTurn(routers);

    expect(await calls.stop()).toEqual([]);
  });

  it('lets calls in flight end, and has later ones wait for its successor', async () => {
    const running = await startLastingRouter();
    const { handlers, release, count } = held();
    await listen(handlers, { connect: running.backend, identity: 'svc' });
    await areServed([running.frontend], 'svc');
    const client = await clientOf([running.frontend], { address: 'svc', timeout: 0 });
    // It is no client that the router says goodbye to, and keeps it busy.
    const other = createClient({ connect: running.frontend, address: 'svc', identity: 'other' });
    const calls = keepCalling(other);
    const inFlight = client.call.hold();
    await expect.poll(count).toBe(1);

    const closed = running.router.close(60_000);
    await client.call.echo(1);
    await expect.poll(() => client.links[0]?.state).toBe('draining');
    const later = client.call.echo(2);
    release();

    expect(await inFlight).toBe('released');
    await calls.stop();
    await closed;
    await client.close();
    await expect(later).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('passes on the responses that have come while its event loop was blocked', async () => {
    const { router, frontend, backend } = await startRouter();
    await startServices(backend, 1);
    await areServed([frontend], 'svc0', 'tag');
    const client = await clientOf([frontend], { address: 'svc0', timeout: 0 });
    const file = (await ipcAddress()).replace('ipc://', '');
    const { forwarded } = router.counts;
    const inFlight = client.issueCall('respond later, then make', [file]);
    await expect.poll(() => router.counts.forwarded.frontend).toBe(forwarded.frontend + 1);

    const closed = router.close(60_000);
    await setImmediate();
    while (!existsSync(file));
    // Longer than it waits for messages, and time for libzmq's threads to bring the response.
    for (const end = performance.now() + 500; performance.now() < end;);

    expect(await inFlight).toBe('responded');
    await closed;
  });

  it('closes at once where it has passed nothing on, or may not wait', async () => {
    const idle = await startRouter();
    await idle.router.close(2 ** 31 - 1);
    const used = await startRouter();
    await listen({ requests: { echo } }, { connect: used.backend, identity: 'svc' });
    await areServed([used.frontend], 'svc');
    const calls = keepCalling(createClient({ connect: used.frontend, address: 'svc' }));
    await morePassed(used);

    await used.router.close(0);

    expect(used.router.addresses).toEqual({ frontend: [], backend: [] });
    void calls.stop();
  });
});
