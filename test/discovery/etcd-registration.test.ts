import { networkInterfaces } from 'node:os';
import {
  type EtcdOptions,
  RemoteClient,
  RemoteServer,
  type RemoteServerOptions,
  Router,
  etcd,
} from 'nestjs-remote';
import { describe, expect, it, onTestFinished } from 'vitest';
import { echo, hang, listen, start } from '../robustness/plain-service.js';
import { vacantAddress } from '../robustness/processes.js';
import { createClient } from '../support/nest.js';
import { Etcd, describeEtcd } from '../support/etcd.js';

const TTL = 2000;

const externalIp = Object.values(networkInterfaces())
  .flatMap((each) => each ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address;

/** The records of a name, without their keys. */
async function recordsOf(site: Etcd, name = 'math'): Promise<unknown[]> {
  const entries = Object.entries(await site.entries());
  return entries
    .filter(([key]) => key.startsWith(`/${name}/`))
    .map(([, value]) => JSON.parse(value) as unknown);
}

/** A server that registers as `math`. */
function listenIn(
  { endpoint }: Etcd,
  options: Partial<EtcdOptions> = {},
  serverOptions: RemoteServerOptions = { bind: 'tcp://127.0.0.1:*' },
): ReturnType<typeof listen> {
  const register = etcd({ endpoints: endpoint, name: 'math', ttl: TTL, ...options });
  return listen({ requests: { echo, hang } }, { ...serverOptions, register });
}

describeEtcd('a server with register: etcd({ … })', () => {
  it('has a key with all that it tells of itself, while it listens', async () => {
    const site = await Etcd.start();
    const details = { zone: 'a', weight: 2, priority: 1, version: '1.2.3' };
    const { address, server } = await listenIn(site, { instance: 'one', ...details });
    await expect
      .poll(async () => JSON.parse((await site.entries())['/math/one'] ?? '{}') as unknown)
      .toEqual({ address, instance: 'one', ttl: TTL, ...details });
    await server.close();
    expect(await site.entries()).toEqual({});
  });

  it('has another instance at each start', async () => {
    const site = await Etcd.start();
    const { server } = await listenIn(site);
    await expect.poll(() => recordsOf(site)).toHaveLength(1);
    const before = await site.entries();
    await server.close();
    await start(server);
    await expect.poll(() => recordsOf(site)).toHaveLength(1);
    expect(Object.keys(await site.entries())).not.toEqual(Object.keys(before));
  });

  it('is registered by what it is told to advertise, with the port that it has', async () => {
    const site = await Etcd.start();
    const { address } = await listenIn(site, { advertise: 'tcp://math.test:*' });
    const port = address.split(':').at(-1);
    await expect
      .poll(() => recordsOf(site))
      .toEqual([expect.objectContaining({ address: `tcp://math.test:${port}` })]);
  });

  it.runIf(externalIp)(
    'is registered by the address of this machine where it has all',
    async () => {
      const site = await Etcd.start();
      const { address } = await listenIn(site, {}, { bind: 'tcp://*:*' });
      const port = address.split(':').at(-1);
      await expect
        .poll(() => recordsOf(site))
        .toEqual([expect.objectContaining({ address: `tcp://${externalIp}:${port}` })]);
    },
  );

  it('takes calls until its registration is given back', async () => {
    let giveBack!: () => void;
    const ended = new Promise<void>((resolve) => (giveBack = resolve));
    const { address, server } = await listen(
      { requests: { echo } },
      { bind: 'tcp://127.0.0.1:*', register: { register: () => ({ end: () => ended }) } },
    );
    const client = createClient(address);
    expect(await client.call.echo(1)).toBe(1);
    const closed = server.close();
    expect(await client.call.echo(2)).toBe(2);
    giveBack();
    await closed;
  });

  it('registers again when somebody has deleted its key', async () => {
    const site = await Etcd.start();
    await listenIn(site, { instance: 'one', ttl: 1000 });
    await expect.poll(() => recordsOf(site)).toHaveLength(1);
    await site.delete('/math/one');
    expect(await recordsOf(site)).toEqual([]);
    await expect.poll(() => recordsOf(site)).toHaveLength(1);
  });

  it('registers when etcd comes up after it', async () => {
    const site = await Etcd.start();
    await site.kill();
    const errors: Error[] = [];
    const { server, address } = await listenIn(site);
    server.on('error', (error) => errors.push(error));
    expect(await createClient(address).call.echo(1)).toBe(1);
    await site.restart();
    await expect.poll(() => recordsOf(site)).toHaveLength(1);
  });

  it('says once that etcd is down, with its endpoint and the remedy', async () => {
    const endpoint = (await vacantAddress()).replace('tcp:', 'http:');
    const server = new RemoteServer({
      bind: 'tcp://127.0.0.1:*',
      register: etcd({ endpoints: endpoint, name: 'math', instance: 'one' }),
    });
    const errors: Error[] = [];
    server.on('error', (error) => errors.push(error));
    await start(server);
    onTestFinished(() => server.close());
    await expect.poll(() => errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({
      code: 'UNAVAILABLE',
      context: { key: '/math/one', endpoint },
      message: expect.stringContaining(
        `/math/one is not registered; the server goes on: etcd at ${endpoint}`,
      ),
    });
  });

  it('closes while etcd is down', async () => {
    const site = await Etcd.start();
    const { server } = await listenIn(site);
    await expect.poll(() => recordsOf(site)).toHaveLength(1);
    await site.kill();
    await server.close();
    expect(server.addresses).toEqual([]);
  });

  it('closes while etcd says nothing, and tells that its key stays for a while', async () => {
    const site = await Etcd.start();
    const { server } = await listenIn(site, { instance: 'one' });
    const errors: Error[] = [];
    server.on('error', (error) => errors.push(error));
    await expect.poll(() => recordsOf(site)).toHaveLength(1);
    site.freeze();
    await server.close();
    site.thaw();
    expect(errors.at(-1)).toMatchObject({
      code: 'UNAVAILABLE',
      context: { key: '/math/one' },
      message: expect.stringContaining(`is not given back, and vanishes after ${TTL} ms`),
    });
  });

  it.each([
    ['with what it had stored', (site: Etcd) => site.restart()],
    ['with nothing', (site: Etcd) => site.restartEmpty()],
  ])('is registered again when etcd is back %s', async (_case, restart) => {
    const site = await Etcd.start();
    await listenIn(site);
    await expect.poll(() => recordsOf(site)).toHaveLength(1);
    const before = await site.entries();
    await site.kill();
    await restart(site);
    await expect.poll(() => site.entries()).toEqual(before);
    // By a lease of its own, or renewed: it outlives that of before.
    const { leases: [lease] = [] } = await site.ask<{ leases?: { ID: string }[] }>(
      'lease/leases',
      {},
    );
    await expect
      .poll(() => site.ask<{ TTL: string }>('lease/timetolive', { ID: lease?.ID }))
      .toMatchObject({ TTL: '1' });
    expect(await site.entries()).toEqual(before);
  });

  it('is registered anew when its lease has run out', async () => {
    const site = await Etcd.start();
    await listenIn(site);
    await expect.poll(() => recordsOf(site)).toHaveLength(1);
    const { leases = [] } = await site.ask<{ leases?: { ID: string }[] }>('lease/leases', {});
    await site.ask('lease/revoke', leases[0] as object);
    expect(await recordsOf(site)).toEqual([]);
    await expect.poll(() => recordsOf(site)).toHaveLength(1);
  });

  it('registers as a user', async () => {
    const site = await Etcd.start();
    await site.requireUsers('hush', '/math/');
    const { server } = await listenIn(site, { user: 'bob', password: 'hush' });
    const client = createClient(`etcd://bob:hush@${site.host}/math`);
    expect(await client.call.echo(1)).toBe(1);
    await server.close();
  });
});

describeEtcd('others that bind', () => {
  it('register a SUB server, and a publisher finds it', async () => {
    const site = await Etcd.start();
    const events: unknown[] = [];
    const register = etcd({ endpoints: site.endpoint, name: 'screens' });
    await listen(
      { events: { tick: (data: unknown) => Promise.resolve(void events.push(data)) } },
      { socket: 'sub', bind: 'tcp://127.0.0.1:*', register },
    );
    const client = createClient({ socket: 'pub', connect: `etcd://${site.host}/screens` });
    await expect
      .poll(async () => {
        await client.issueCall('tick', [1], { notification: true });
        return events.length;
      })
      .toBeGreaterThan(0);
  });

  it('register a publisher while it is open, and a subscriber finds it', async () => {
    const site = await Etcd.start();
    const register = etcd({ endpoints: site.endpoint, name: 'sensors' });
    const client = createClient({ socket: 'pub', bind: 'tcp://127.0.0.1:*', register });
    const events: unknown[] = [];
    await listen(
      { events: { tick: (data: unknown) => Promise.resolve(void events.push(data)) } },
      { socket: 'sub', connect: `etcd://${site.host}/sensors` },
    );
    await expect
      .poll(async () => {
        await client.issueCall('tick', [1], { notification: true });
        return events.length;
      })
      .toBeGreaterThan(0);
    expect(await recordsOf(site, 'sensors')).toHaveLength(1);
    await client.close();
    expect(await recordsOf(site, 'sensors')).toEqual([]);
  });

  it('register both sides of a router, and a client and a service find it', async () => {
    const site = await Etcd.start();
    const router = await Router.bind({
      frontend: 'tcp://127.0.0.1:*',
      backend: 'tcp://127.0.0.1:*',
      logger: false,
      register: {
        frontend: etcd({ endpoints: site.endpoint, name: 'routers/clients' }),
        backend: etcd({ endpoints: site.endpoint, name: 'routers/services' }),
      },
    });
    onTestFinished(() => router.close());
    await listen(
      { requests: { echo } },
      { connect: `etcd://${site.host}/routers/services`, identity: 'svc' },
    );
    const client = createClient({ connect: `etcd://${site.host}/routers/clients`, address: 'svc' });
    await expect.poll(() => client.call.echo(1).catch((error: Error) => error.message)).toBe(1);
    await router.close();
    expect(await site.entries()).toEqual({});
  });
});

describe('the option register', () => {
  const register = etcd({ endpoints: 'http://127.0.0.1:1', name: 'math' });

  it.each<[string, () => unknown]>([
    [
      'a server that connects',
      () => new RemoteServer({ connect: 'tcp://a:1', identity: 'a', register }),
    ],
    ['a server of UDP alone', () => new RemoteServer({ bind: 'udp://127.0.0.1:1', register })],
    ['a client that connects', () => new RemoteClient({ connect: 'tcp://a:1', register })],
    ['what is none', () => new RemoteServer({ bind: 'tcp://*:1', register: {} as never })],
    [
      'both sides of a router at once',
      () =>
        new Router({ frontend: 'tcp://*:1', backend: 'tcp://*:2', register: register as never }),
    ],
  ])('is refused for %s', (_case, create) => {
    expect(create).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: expect.stringMatching(/^option register: /u),
      }),
    );
  });

  it.each<[string, Partial<EtcdOptions>]>([
    ['endpoints', { endpoints: 'ftp://host' }],
    ['endpoints', { endpoints: [] }],
    ['name', { name: '/' }],
    ['ttl', { ttl: 10 }],
    ['advertise', { advertise: 'udp://host:1' }],
    ['advertise', { advertise: 'tcp://*:*' }],
    ['advertise', { advertise: 'tcp://0.0.0.0:*' }],
    ['advertise', { advertise: 'tcp://[::]:5555' }],
    ['instance', { instance: 'a/b' }],
    ['weight', { weight: 0 }],
    ['zone', { zone: 1 as never }],
    ['region', { region: 'a' } as never],
  ])('names a member that is wrong: %s', (name, options) => {
    expect(() => etcd({ endpoints: 'a:1', name: 'math', ...options })).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: expect.stringMatching(new RegExp(`^(option )?register.${name}`, 'u')),
      }),
    );
  });

  it('does not listen where no address can be registered', async () => {
    const server = new RemoteServer({ bind: ['memory://*', 'udp://127.0.0.1:0'], register });
    await expect(start(server)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining("give advertise: 'tcp://host:port'"),
    });
    expect(server.addresses).toEqual([]);
  });

  it('reports a registry of its own that fails to give back, and closes', async () => {
    const end = (): Promise<void> => Promise.reject(new Error('it is gone'));
    const { server } = await listen(
      {},
      { bind: 'tcp://127.0.0.1:*', register: { register: () => ({ end }) } },
    );
    const errors: Error[] = [];
    server.on('error', (error) => errors.push(error));
    await server.close();
    expect(errors).toMatchObject([
      { code: 'UNAVAILABLE', message: 'cannot give the registration back: it is gone' },
    ]);
  });
});
