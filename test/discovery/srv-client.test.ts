import { Logger } from '@nestjs/common';
import { RemoteClient, type RemoteCallError, udpKey } from 'nestjs-remote';
import { describe, expect, it, vi } from 'vitest';
import { echo, listen } from '../robustness/plain-service.js';
import { vacantAddress } from '../robustness/processes.js';
import { startRouter } from '../router/peers.js';
import { DnsServer, STATUS, host, locally, srv } from '../support/dns-server.js';
import { createClient } from '../support/nest.js';

const NAME = '_remote._tcp.math.test';
const SRV = `SRV ${NAME}`;

/** A server that says its port. */
async function startServer(): Promise<{ port: number; close: () => Promise<void> }> {
  let port = 0;
  const { address, server } = await listen({ requests: { who: () => Promise.resolve(port) } });
  port = portOf(address);
  return { port, close: () => server.close() };
}

function portOf(address: string): number {
  return Number(address.split(':').at(-1));
}

/** The ports of those that respond to some calls. */
async function answering(client: RemoteClient): Promise<number[]> {
  const calls = Array.from({ length: 10 }, () =>
    client.issueCall<number>('who', [], { timeout: 0 }),
  );
  return [...new Set(await Promise.all(calls))].toSorted((one, other) => one - other);
}

function errorsOf(client: RemoteClient): string[] {
  const errors: string[] = [];
  client.on('error', ({ code, message }) => errors.push(`${code}: ${message}`));
  return errors;
}

/** The report of a lookup that has failed. */
function cannotResolve(code: string): RegExp {
  return new RegExp(`^UNAVAILABLE: cannot resolve ${NAME}: ${code}(; .+)?$`);
}

function sorted(...servers: { port: number }[]): number[] {
  return servers.map(({ port }) => port).toSorted((one, other) => one - other);
}

describe('a client of SRV records', () => {
  it('calls the servers at their ports', async () => {
    const [one, other] = await Promise.all([startServer(), startServer()]);
    const dns = await DnsServer.start({ [SRV]: locally(NAME, [one.port, other.port]) });
    const client = createClient(dns.source(NAME));
    await client.connect();
    await expect.poll(() => answering(client)).toEqual(sorted(one, other));
  });

  it('shows their priorities and weights', async () => {
    const [one, other] = await Promise.all([startServer(), startServer()]);
    const dns = await DnsServer.start({
      [SRV]: {
        answers: [
          srv(NAME, 'here.test', other.port, { priority: 20, weight: 5 }),
          srv(NAME, 'here.test', one.port, { priority: 10, weight: 60 }),
        ],
      },
      'A here.test': { answers: [host('here.test', '127.0.0.1')] },
    });
    const client = createClient(dns.source(NAME));
    await client.connect();
    expect(client.links).toMatchObject([
      { address: `tcp://127.0.0.1:${one.port}`, priority: 10, weight: 60 },
      { address: `tcp://127.0.0.1:${other.port}`, priority: 20, weight: 5 },
    ]);
  });

  it('follows them as they come and go, and logs it', async () => {
    const log = vi.spyOn(Logger.prototype, 'log');
    const [one, other] = await Promise.all([startServer(), startServer()]);
    const dns = await DnsServer.start({ [SRV]: locally(NAME, [one.port]) });
    const client = createClient({ connect: dns.source(NAME), resolveInterval: 20 });
    expect(await answering(client)).toEqual([one.port]);
    dns.zone[SRV] = locally(NAME, [other.port]);
    await expect.poll(() => answering(client)).toEqual([other.port]);
    expect(log.mock.calls.map(([text]) => text as string)).toContain(
      `the servers have changed; joined: tcp://127.0.0.1:${other.port}; left: tcp://127.0.0.1:${one.port}`,
    );
  });

  it('asks again when their time is over, and not before', async () => {
    const { port } = await startServer();
    const dns = await DnsServer.start({
      [SRV]: locally(NAME, [port], 1),
      'SRV long.test': locally('long.test', [port], 3600),
    });
    const client = createClient({
      connect: [dns.source('long.test'), dns.source(NAME)],
      resolveInterval: 0,
    });
    await client.connect();
    await expect.poll(() => dns.count(SRV)).toBeGreaterThan(1);
    expect(dns.count('SRV long.test')).toBe(1);
  });

  it('asks again after resolveInterval where that is sooner', async () => {
    const { port } = await startServer();
    const dns = await DnsServer.start({ [SRV]: locally(NAME, [port]) });
    const client = createClient({ connect: dns.source(NAME), resolveInterval: 20 });
    await client.connect();
    await expect.poll(() => dns.count(SRV)).toBeGreaterThan(2);
  });

  it('asks again when its link is lost', async () => {
    const [one, other] = await Promise.all([startServer(), startServer()]);
    const dns = await DnsServer.start({ [SRV]: locally(NAME, [one.port]) });
    const client = createClient({ connect: dns.source(NAME), resolveInterval: 0 });
    expect(await answering(client)).toEqual([one.port]);
    dns.zone[SRV] = locally(NAME, [other.port]);
    await one.close();
    expect(await answering(client)).toEqual([other.port]);
  });

  it.each([
    ['that the name is unknown', { status: STATUS.nxdomain }, 'ENOTFOUND'],
    ['that it has no servers', { answers: [] }, 'ENODATA'],
    ['that it cannot respond', { status: STATUS.servfail }, 'ESERVFAIL'],
    ['nothing', 'silent', 'ETIMEOUT'],
  ] as const)('keeps its links while the name server says %s', async (_, reaction, code) => {
    const [one, other] = await Promise.all([startServer(), startServer()]);
    const dns = await DnsServer.start({ [SRV]: locally(NAME, [one.port]) });
    const client = createClient({ connect: dns.source(NAME), resolveInterval: 20 });
    const errors = errorsOf(client);
    expect(await answering(client)).toEqual([one.port]);
    dns.zone[SRV] = reaction;
    await expect.poll(() => errors).toEqual([expect.stringMatching(cannotResolve(code))]);
    expect(await answering(client)).toEqual([one.port]);
    dns.zone[SRV] = locally(NAME, [other.port]);
    await expect.poll(() => answering(client)).toEqual([other.port]);
  });

  it('waits for a name within the timeout, and reports it', async () => {
    const { port } = await startServer();
    const dns = await DnsServer.start();
    const client = createClient({ connect: dns.source(NAME), timeout: 0 });
    const errors = errorsOf(client);
    const call = client.issueCall('who');
    await expect
      .poll(() => errors)
      .toEqual([
        `UNAVAILABLE: cannot resolve ${NAME}: ENOTFOUND; no name server knows it: correct the name`,
      ]);
    dns.zone[SRV] = locally(NAME, [port]);
    expect(await call).toBe(port);
  });

  it('names its source and what is wrong with it where it has no connection', async () => {
    const dns = await DnsServer.start();
    const client = createClient({ connect: dns.source(NAME), timeout: 500 });
    client.on('error', () => undefined);
    await expect(client.connect()).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: `no connection to ${dns.source(NAME)} within 500 ms (option timeout); no server was found: cannot resolve ${NAME}: ENOTFOUND; no name server knows it: correct the name`,
    });
  });

  it('names the servers that it has found, where it reaches none of them', async () => {
    const addresses = await Promise.all(Array.from({ length: 9 }, () => vacantAddress()));
    const dns = await DnsServer.start({ [SRV]: locally(NAME, addresses.map(portOf)) });
    const client = createClient({ connect: dns.source(NAME), timeout: 200 });
    client.on('error', () => undefined);
    const message = expect.stringMatching(
      /no connection to dns\+srv:.* within 200 ms \(option timeout\); what was found: (tcp:\S+, ){7}tcp:\S+ and 1 more$/,
    ) as string;
    await expect(client.connect()).rejects.toMatchObject({ message });
    await expect(client.call.who()).rejects.toMatchObject({ message });
  });

  it('calls a server that is given beside them', async () => {
    const [one, other] = await Promise.all([startServer(), startServer()]);
    const dns = await DnsServer.start({ [SRV]: locally(NAME, [one.port]) });
    const client = createClient({
      connect: [dns.source(NAME), `tcp://127.0.0.1:${other.port}`],
    });
    await expect.poll(() => answering(client)).toEqual(sorted(one, other));
  });

  it('closes while the name server is silent', async () => {
    const dns = await DnsServer.start({ [SRV]: 'silent' });
    const client = createClient({ connect: dns.source(NAME), timeout: 0 });
    const connecting = client.connect();
    await expect.poll(() => dns.asked).toHaveLength(1);
    const closed = client.close();
    await expect(connecting).rejects.toMatchObject({ code: 'CANCELLED' });
    await closed;
  });

  it('refuses a source that cannot be when it is made', () => {
    expect(() => new RemoteClient({ connect: 'dns+srv://math test' })).toThrow(
      expect.objectContaining<Partial<RemoteCallError>>({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining('option connect: "dns+srv://math test"'),
      }),
    );
  });

  it('refuses a key for datagrams, which none of its servers takes', () => {
    const security = udpKey({ id: 'ada', key: Buffer.alloc(32, 1) });
    expect(() => new RemoteClient({ connect: 'dns+srv://math.test', security })).toThrow(
      /udpKey is for udp:\/\/, and dns\+srv:\/\/math\.test would stay open.*curveClient/,
    );
  });
});

describe('SRV records', () => {
  it('lead a service to its routers', async () => {
    const { backend, frontend, logs } = await startRouter();
    const dns = await DnsServer.start({ [SRV]: locally(NAME, [portOf(backend)]) });
    await listen({ requests: { echo } }, { connect: dns.source(NAME), identity: 'svc' });
    await expect.poll(() => logs.join()).toContain('of svc at the backend');
    const client = createClient({ connect: frontend, address: 'svc' });
    expect(await client.issueCall('echo', [1])).toBe(1);
  });

  it('lead a publisher to its subscribers', async () => {
    const received: unknown[] = [];
    const events = { tick: (data: unknown) => Promise.resolve(received.push(data)) };
    const options = { socket: 'sub', bind: 'tcp://127.0.0.1:*' } as const;
    const { address } = await listen({ events }, options);
    const dns = await DnsServer.start({ [SRV]: locally(NAME, [portOf(address)]) });
    const publisher = createClient({ socket: 'pub', connect: dns.source(NAME) });
    await expect
      .poll(() => {
        publisher.emit('tick', 1).subscribe({ error: () => undefined });
        return received.length;
      })
      .toBeGreaterThan(0);
  });
});
