import { Router } from 'nestjs-remote';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Router as ZeromqRouter } from 'zeromq';
import { createClient } from '../support/nest.js';
import { echo, listen } from '../robustness/plain-service.js';
import { ANYWHERE, join, next, recorder, startRouter } from './peers.js';

describe('A router', () => {
  it('opens, closes and opens again', async () => {
    const running = await startRouter();
    const { router, logs } = running;
    await router.close();
    expect(router.addresses).toEqual({ frontend: [], backend: [] });

    await router.open();

    const [frontend = ''] = router.addresses.frontend;
    const [backend = ''] = router.addresses.backend;
    const client = await join(running, frontend, 'cli');
    const service = await join(running, backend, 'svc');
    await client.send(['svc', 'hello']);
    expect(await next(service)).toEqual(['cli', 'hello']);
    expect(logs.filter((line) => line.startsWith('Router started'))).toHaveLength(2);
  });

  it('listens at once again where it listened', async () => {
    const { router, frontend, backend } = await startRouter();
    await router.close();

    const successor = await startRouter({ frontend, backend });

    expect([successor.frontend, successor.backend]).toEqual([frontend, backend]);
  });

  it('is opened once by several at a time', async () => {
    const { router, logs } = createRouter();

    await Promise.all([router.open(), router.open()]);
    await router.open();

    expect(router.addresses.frontend).toHaveLength(1);
    expect(logs).toHaveLength(1);
  });

  it('is closed once by several at a time, and again without harm', async () => {
    const { router } = await startRouter();

    await Promise.all([router.close(), router.close()]);
    await router.close();

    expect(router.addresses).toEqual({ frontend: [], backend: [] });
  });

  it('that is closed while it opens says so, and leaves nothing bound', async () => {
    const { router } = createRouter();
    const opening = router.open().catch((error: unknown) => error);

    await router.close();

    expect(await opening).toMatchObject({ code: 'CANCELLED', message: 'the router was closed' });
    expect(router.addresses).toEqual({ frontend: [], backend: [] });
  });

  it('that is closed again while it waits to open stays closed', async () => {
    const { router } = await startRouter();
    const first = router.close();
    const opening = router.open().catch((error: unknown) => error);

    await Promise.all([first, router.close()]);

    expect(await opening).toMatchObject({ code: 'CANCELLED' });
    expect(router.addresses).toEqual({ frontend: [], backend: [] });
  });

  it('is known to ROUTER peers as router-frontend and router-backend', async () => {
    const { frontend, backend } = await startRouter();
    for (const [address, name] of [
      [frontend, 'router-frontend'],
      [backend, 'router-backend'],
    ] as const) {
      const peer = new ZeromqRouter({ probeRouter: true, mandatory: true, sendTimeout: 0 });
      onTestFinished(() => peer.close());
      peer.connect(address);
      const reached = async (): Promise<boolean> =>
        peer.send([name, 'recipient', 'payload']).then(
          () => true,
          () => false,
        );
      await expect.poll(reached).toBe(true);
    }
  });

  it('that is opened while it closes is open afterwards', async () => {
    const { router } = await startRouter();
    const closing = router.close();

    await router.open();

    await closing;
    expect(router.addresses.frontend).toHaveLength(1);
    expect(router.addresses.backend).toHaveLength(1);
  });

  it('that opens where another was serves the clients and services of that one', async () => {
    const { router, frontend, backend } = await startRouter();
    await listen({ requests: { echo } }, { connect: backend, identity: 'svc' });
    const client = createClient({ connect: frontend, address: 'svc' });
    await expect.poll(() => client.call.echo(1).catch(() => undefined)).toBe(1);
    await router.close();

    await startRouter({ frontend, backend });

    await expect.poll(() => client.call.echo(2).catch(() => undefined)).toBe(2);
  });
});

describe('A router that cannot bind', () => {
  it('names the address at its backend, and leaves its frontend unbound', async () => {
    const { backend } = await startRouter();
    const { frontend } = await startRouter();
    const vacant = await startRouter();
    await vacant.router.close();

    const error = await Router.bind({
      frontend: vacant.frontend,
      backend,
      logger: false,
    }).catch((reason: unknown) => reason);

    expect(error).toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining(`cannot bind ${backend}: EADDRINUSE`) as string,
    });
    const successor = await startRouter({ frontend: vacant.frontend });
    expect(successor.frontend).not.toBe(frontend);
  });

  it('names the address at its frontend, and can be opened later', async () => {
    const first = await startRouter();
    const { router } = createRouter({ frontend: first.frontend });

    await expect(router.open()).rejects.toThrow(`cannot bind ${first.frontend}: EADDRINUSE`);
    await first.router.close();
    await router.open();

    expect(router.addresses.frontend).toEqual([first.frontend]);
  });
});

function createRouter(options: { frontend?: string } = {}): { router: Router; logs: string[] } {
  const logs: string[] = [];
  const router = new Router({
    frontend: ANYWHERE,
    backend: ANYWHERE,
    logger: recorder(logs),
    ...options,
  });
  onTestFinished(() => router.close());
  return { router, logs };
}
