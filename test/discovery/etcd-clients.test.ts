import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { type LinkSnapshot, type RemoteClient, type RemoteServer, etcd } from 'nestjs-remote';
import { expect, it } from 'vitest';
import { echo, listen } from '../robustness/plain-service.js';
import { startChildService, vacantAddress } from '../robustness/processes.js';
import { createClient, startService } from '../support/nest.js';
import { keepCalling } from '../support/keep-calling.js';
import { nameServer } from '../support/names.js';
import { Etcd, describeEtcd } from '../support/etcd.js';

/** Short, since a test waits for longer than it. */
const TTL = 3000;

@Controller()
class EchoController {
  @MessagePattern('echo')
  echo(@Payload() value: unknown): unknown {
    return value;
  }
}

/** A Nest service that registers as `math`. */
async function serveIn({ endpoint }: Etcd, zone = 'a'): Promise<RemoteServer> {
  const register = etcd({ endpoints: endpoint, name: 'math', ttl: TTL, zone });
  const { server } = await startService(
    { controllers: [EchoController] },
    { bind: 'tcp://127.0.0.1:*', register },
  );
  return server;
}

function clientIn({ host }: Etcd): RemoteClient {
  return createClient(`etcd://${host}/math`);
}

/** The zones of the servers that take calls, in alphabetical order. */
function upOf(client: RemoteClient): readonly string[] {
  const up = client.links.filter(({ state }) => state === 'ready');
  return up.map(({ zone = '' }) => zone).toSorted((one, other) => one.localeCompare(other));
}

/** A client with a link to each of two services, `a` and `b`. */
async function twoServices(site: Etcd) {
  const servers = [await serveIn(site, 'a'), await serveIn(site, 'b')] as const;
  const client = clientIn(site);
  await client.connect();
  await expect.poll(() => upOf(client)).toEqual(['a', 'b']);
  return { servers, client };
}

describeEtcd('a client of etcd://', () => {
  it('calls those that have registered, and knows what they tell of themselves', async () => {
    const site = await Etcd.start();
    const { address } = await listen(
      { requests: { echo } },
      {
        bind: 'tcp://127.0.0.1:*',
        register: etcd({
          endpoints: site.endpoint,
          name: 'math',
          instance: 'one',
          version: '1.2.3',
          zone: 'a',
          weight: 2,
        }),
      },
    );
    const client = clientIn(site);
    expect(await client.call.echo(1)).toBe(1);
    expect(client.links).toEqual([
      expect.objectContaining({
        ...{ address, instance: 'one', version: '1.2.3', zone: 'a', weight: 2 },
      } satisfies Partial<LinkSnapshot>),
    ]);
  });

  it('calls one that joins later', async () => {
    const site = await Etcd.start();
    await serveIn(site, 'a');
    const client = clientIn(site);
    await client.connect();
    expect(upOf(client)).toEqual(['a']);
    await serveIn(site, 'b');
    await expect.poll(() => upOf(client)).toEqual(['a', 'b']);
  });

  it('loses no call when a server leaves', async () => {
    const site = await Etcd.start();
    const { servers, client } = await twoServices(site);
    const calls = keepCalling(client);
    await calls.more();
    await servers[0].close();
    await expect.poll(() => client.links.map(({ zone }) => zone)).toEqual(['b']);
    await calls.more();
    expect(await calls.stop()).toEqual([]);
  });

  it('loses no call when a server leaves that says no goodbye', async () => {
    const site = await Etcd.start();
    const register = etcd({ endpoints: site.endpoint, name: 'math' });
    const servers = await Promise.all(
      [1, 2].map(() =>
        listen({ requests: { echo } }, { bind: 'tcp://127.0.0.1:*', register, extension: false }),
      ),
    );
    const client = clientIn(site);
    await client.connect();
    await expect.poll(() => upOf(client)).toHaveLength(2);
    const calls = keepCalling(client);
    await calls.more();
    await site.put(
      ...(Object.entries(await site.entries())
        .filter(([, value]) => value.includes(servers[0]?.address ?? ''))
        .map(([key, value]) => [key, value.replace('}', ',"leaving":true}')])[0] as [
        string,
        string,
      ]),
    );
    await expect.poll(() => client.links).toHaveLength(1);
    await servers[0]?.server.close();
    await calls.more();
    expect(await calls.stop()).toEqual([]);
  });

  it('forgets a server that was killed', async () => {
    const site = await Etcd.start();
    const options = { endpoints: site.endpoint, name: 'math', ttl: 2000 };
    await serveIn(site, 'b');
    const killed = await startChildService(undefined, options, 'registered-service.mjs');
    const client = clientIn(site);
    await client.connect();
    await expect.poll(() => upOf(client)).toHaveLength(2);
    await killed.kill();
    await expect.poll(() => client.links.map(({ zone }) => zone)).toEqual(['b']);
    expect(await client.call.echo(1)).toBe(1);
  });

  it('forgets a server at a name that cannot be reached and whose key is gone', async () => {
    const site = await Etcd.start();
    nameServer({ 'gone.test': ['127.0.0.1'] });
    const { server, address } = await listen({ requests: { echo } });
    const port = address.split(':').at(-1);
    // Longer than the test waits.
    await site.put('/math/gone', JSON.stringify({ address: `tcp://gone.test:${port}`, ttl: 1e6 }));
    await serveIn(site, 'b');
    const client = createClient({ connect: [`etcd://${site.host}/math`, 'tcp://gone.test:1'] });
    client.on('error', () => undefined);
    await client.connect();
    const linked = (): string[] => client.links.map((link) => link.address);
    await expect.poll(linked).toContain(address);
    await server.close();
    await site.delete('/math/gone');
    await expect.poll(linked).not.toContain(address);
    expect(await client.call.echo(1)).toBe(1);
  });

  it('keeps its servers while etcd is down, and sees what is new when it is back', async () => {
    const site = await Etcd.start();
    const { servers, client } = await twoServices(site);
    const calls = keepCalling(client);
    await site.kill();
    await calls.more();
    await servers[1].close();
    await calls.more();
    await site.restart();
    await serveIn(site, 'c');
    await expect.poll(() => upOf(client)).toEqual(['a', 'c']);
    await calls.more();
    expect(await calls.stop()).toEqual([]);
  });

  it.each([
    [
      'that has forgotten everything',
      async (site: Etcd) => {
        await site.kill();
        await site.restartEmpty();
      },
    ],
    [
      'that was frozen for longer than leases last',
      async (site: Etcd) => {
        site.freeze();
        await new Promise((resolve) => setTimeout(resolve, 1.5 * TTL));
        site.thaw();
      },
    ],
    [
      'that has revoked all leases',
      async (site: Etcd) => {
        const { leases = [] } = await site.ask<{ leases?: object[] }>('lease/leases', {});
        await Promise.all(leases.map((lease) => site.ask('lease/revoke', lease)));
      },
    ],
  ])('keeps its servers by an etcd %s, until they have registered again', async (_case, lose) => {
    const site = await Etcd.start();
    const { client } = await twoServices(site);
    const left: string[] = [];
    const calls = keepCalling(client);
    client.on('disconnect', (address) => left.push(address));
    await lose(site);
    await expect.poll(async () => Object.keys(await site.entries())).toHaveLength(2);
    await serveIn(site, 'c');
    await expect.poll(() => upOf(client)).toEqual(['a', 'b', 'c']);
    expect(left).toEqual([]);
    expect(await calls.stop()).toEqual([]);
  });

  it('waits for an etcd that comes up after it', async () => {
    const site = await Etcd.start();
    await site.kill();
    const client = createClient({ connect: `etcd://${site.host}/math`, timeout: 0 });
    client.on('error', () => undefined);
    const called = client.call.echo(1);
    await site.restart();
    await serveIn(site);
    expect(await called).toBe(1);
  });

  it('tells that etcd is down, and never its password', async () => {
    const place = (await vacantAddress()).slice('tcp://'.length);
    const client = createClient({ connect: `etcd://bob:hush@${place}/math`, timeout: 200 });
    const errors: Error[] = [];
    client.on('error', (error) => errors.push(error));
    const error = (await client.connect().catch((thrown: unknown) => thrown)) as Error;
    expect(error).toMatchObject({ code: 'UNAVAILABLE' });
    expect(error.message).toContain(`etcd://${place}/math`);
    expect(errors).toMatchObject([
      { code: 'UNAVAILABLE', message: expect.stringContaining(`etcd at http://${place}`) },
    ]);
    expect(JSON.stringify([error.message, errors.map(({ message }) => message)])).not.toMatch(
      /bob|hush/u,
    );
  });

  it('tells that etcd says nothing any more', async () => {
    const site = await Etcd.start();
    await serveIn(site);
    const client = createClient({ connect: `etcd://${site.host}/math`, resolveInterval: 100 });
    const errors: Error[] = [];
    client.on('error', (error) => errors.push(error));
    await client.connect();
    site.freeze();
    await expect.poll(() => errors).toMatchObject([{ code: 'UNAVAILABLE' }]);
    expect(await client.call.echo(1)).toBe(1);
    site.thaw();
  });

  it('leaves out what is no record, and says so once', async () => {
    const site = await Etcd.start();
    await site.put('/math/bad', 'nonsense');
    await site.put('/math/udp', '{"address":"udp://127.0.0.1:1"}');
    const client = clientIn(site);
    const errors: Error[] = [];
    client.on('error', (error) => errors.push(error));
    await serveIn(site);
    expect(await client.call.echo(1)).toBe(1);
    await site.put('/math/bad', '{"address":1}');
    await serveIn(site, 'b');
    await expect.poll(() => upOf(client)).toEqual(['a', 'b']);
    expect(client.links).toHaveLength(2);
    expect(errors).toMatchObject([
      { code: 'DATA_LOSS', message: expect.stringContaining('/math/bad') },
    ]);
  });

  it('takes an address that an operator has put there', async () => {
    const site = await Etcd.start();
    const { address } = await listen({ requests: { echo } });
    await site.put('/math/by-hand', JSON.stringify({ address }));
    expect(await clientIn(site).call.echo(1)).toBe(1);
  });
});
