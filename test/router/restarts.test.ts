import type { RemoteClient } from 'nestjs-remote';
import { describe, expect, it } from 'vitest';
import { createClient } from '../support/nest.js';
import { ipcAddress } from '../robustness/processes.js';
import { Load } from './load.js';
import { type Running, startRouterProcess, startServices } from './processes.js';
import { startRouter } from './peers.js';

const ADDRESSES = ['svc0', 'svc1', 'svc2', 'svc3'];

describe('Under load', () => {
  it('a router that is killed and started again ends every call once, and serves later ones', async () => {
    const [frontend, backend] = [await ipcAddress(), await ipcAddress()];
    const [router] = await Promise.all([
      startRouterProcess(frontend, backend),
      startServices(backend, ADDRESSES.length),
    ]);
    const clients = createClients(frontend, 4);
    const load = new Load(clients, ADDRESSES, 16);
    await load.answered(500);

    await router.kill();
    const second = await startRouterProcess(frontend, backend);
    await load.answered(500);
    await second.kill();
    await startRouterProcess(frontend, backend);
    await load.answered(500);

    await load.stop();
    load.expectEachEndedOnce();
    await expectAllServed(clients);
  });

  it('services that are killed and come back under their identities are missed only while they are away', async () => {
    const { frontend, backend } = await startRouter({ logger: false });
    const services = await startServices(backend, ADDRESSES.length);
    const clients = createClients(frontend, 4);
    const load = new Load(clients, ADDRESSES, 16);
    await load.answered(500);

    await services.kill();
    await expect.poll(() => load.errors.length).toBeGreaterThan(0);
    await startServices(backend, ADDRESSES.length);
    await load.answered(500);

    await load.stop();
    load.expectEachEndedOnce();
    await expectAllServed(clients);
  });

  it('services whose identities are taken over hand the calls on to their successors', async () => {
    const { frontend, backend } = await startRouter({ logger: false });
    await startServices(backend, ADDRESSES.length);
    const clients = createClients(frontend, 4);
    const [client] = clients;
    const load = new Load(clients, ADDRESSES, 16);
    await load.answered(500);
    const before = await client?.issueCall('pid', [], { address: 'svc0' });

    await startServices(backend, ADDRESSES.length);

    await expect
      .poll(() => client?.issueCall('pid', [], { address: 'svc0' }).catch(() => before))
      .not.toBe(before);
    await load.answered(500);
    await load.stop();
    load.expectEachEndedOnce();
    await expectAllServed(clients);
  });
});

describe('After restarts of', () => {
  it.each([
    ['the router, then the services', ['router', 'services']],
    ['the services, then the router', ['services', 'router']],
    ['the router, the services, and the router again', ['router', 'services', 'router']],
    ['the services, the router, and the services again', ['services', 'router', 'services']],
  ] as const)('%s, calls reach the services again', async (_, order) => {
    const [frontend, backend] = [await ipcAddress(), await ipcAddress()];
    const start = {
      router: () => startRouterProcess(frontend, backend),
      services: () => startServices(backend, ADDRESSES.length),
    };
    const [router, services] = await Promise.all([start.router(), start.services()]);
    const running: Record<keyof typeof start, Running> = { router, services };
    const clients = createClients(frontend, 1);
    await expectAllServed(clients);

    for (const part of order) {
      await running[part].kill();
      running[part] = await start[part]();
    }

    await expectAllServed(clients);
  });

  it.each([
    ['the router first', ['router', 'services']],
    ['the services first', ['services', 'router']],
  ] as const)('all, %s, calls made meanwhile have ended', async (_, order) => {
    const [frontend, backend] = [await ipcAddress(), await ipcAddress()];
    const start = {
      router: () => startRouterProcess(frontend, backend),
      services: () => startServices(backend, ADDRESSES.length),
    };
    const [router, services] = await Promise.all([start.router(), start.services()]);
    const clients = createClients(frontend, 1);
    await expectAllServed(clients);
    await Promise.all([router.kill(), services.kill()]);

    const load = new Load(clients, ADDRESSES, 4);
    for (const part of order) {
      await start[part]();
    }
    await load.answered(10);

    await load.stop();
    load.expectEachEndedOnce();
  });
});

function createClients(frontend: string, count: number): RemoteClient[] {
  return Array.from({ length: count }, () => createClient({ connect: frontend, timeout: 3000 }));
}

/** Waits until every client gets its answers from every service. */
async function expectAllServed(clients: readonly RemoteClient[]): Promise<void> {
  for (const client of clients) {
    for (const address of ADDRESSES) {
      await expect
        .poll(() => client.issueCall('tag', ['you'], { address }).catch(() => undefined), {
          timeout: 20_000,
        })
        .toBe(`${address} answers you`);
    }
  }
}
