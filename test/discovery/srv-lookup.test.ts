import dns from 'node:dns';
import type { Packet } from 'dns-packet';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createAsk } from '../../lib/discovery/srv/name-servers.js';
import { type SrvFound, SrvLookup } from '../../lib/discovery/srv/srv-lookup.js';
import { DnsServer, type Reaction, STATUS, host, srv } from '../support/dns-server.js';
import { nameServer } from '../support/names.js';

const NAME = '_remote._tcp.math.test';
const NEVER = new AbortController().signal;

/** A look by a name server of this machine. */
async function lookAt(
  zone: Record<string, Reaction>,
  change: (server: DnsServer) => void = () => undefined,
): Promise<{ server: DnsServer; lookup: SrvLookup; look: () => Promise<SrvFound> }> {
  const server = await DnsServer.start(zone);
  change(server);
  const lookup = new SrvLookup(NAME, createAsk({ host: '127.0.0.1', port: server.port }));
  return { server, lookup, look: () => lookup.look(NEVER) };
}

function shown({ servers }: SrvFound): string[] {
  return servers
    .map(
      ({ host: target, port, priority, weight, ips }) =>
        `${target}:${port} ${priority}/${weight} ${ips.join(' ')}`,
    )
    .toSorted();
}

describe('a look for SRV records', () => {
  it('finds priorities, weights and the addresses that come with them', async () => {
    const { look, server } = await lookAt({
      [`SRV ${NAME}`]: {
        answers: [
          srv(NAME, 'a.test', 1, { weight: 10 }),
          srv(NAME, 'B.test', 2, { priority: 5, weight: 3 }),
        ],
        additionals: [
          host('A.test', '10.0.0.1'),
          host('a.test', 'fd00::1'),
          host('b.test', '10.0.0.2'),
          host('c.test', '10.0.0.3'),
        ],
      },
    });
    expect(shown(await look())).toEqual([
      'a.test:1 0/10 10.0.0.1 fd00::1',
      'b.test:2 5/3 10.0.0.2',
    ]);
    expect(server.asked).toEqual([`SRV ${NAME}`]);
  });

  it('asks for addresses that do not come with them', async () => {
    const { look, server } = await lookAt({
      [`SRV ${NAME}`]: {
        answers: [srv(NAME, 'a.test', 1), srv(NAME, 'b.test', 2)],
        additionals: [host('a.test', '10.0.0.1')],
      },
      'A b.test': { answers: [host('b.test', '10.0.0.2')] },
      'AAAA b.test': { answers: [host('b.test', 'fd00::2')] },
    });
    expect(shown(await look())).toEqual(['a.test:1 0/1 10.0.0.1', 'b.test:2 0/1 10.0.0.2 fd00::2']);
    expect(server.asked.toSorted()).toEqual(['A b.test', 'AAAA b.test', `SRV ${NAME}`]);
  });

  it('follows aliases of the service and of its hosts', async () => {
    const alias = (name: string, data: string, ttl: number) =>
      ({ type: 'CNAME', name, data, ttl }) as const;
    const { look } = await lookAt({
      [`SRV ${NAME}`]: { answers: [srv('real.test', 'a.test', 1), alias(NAME, 'real.test', 30)] },
      'A a.test': { answers: [alias('a.test', 'b.test', 20), host('b.test', '10.0.0.1')] },
    });
    const found = await look();
    expect(shown(found)).toEqual(['a.test:1 0/1 10.0.0.1']);
    expect(Math.ceil(found.ttl)).toBe(20);
  });

  it('follows aliases that lead in a circle no further', async () => {
    const { look } = await lookAt({
      [`SRV ${NAME}`]: { answers: [{ type: 'CNAME', name: NAME, data: NAME, ttl: 1 }] },
    });
    await expect(look()).rejects.toMatchObject({ code: 'ENODATA' });
  });

  it('gives weights of 0 one share each, and nearly none beside others of their priority', async () => {
    const { look } = await lookAt({
      [`SRV ${NAME}`]: {
        answers: [
          srv(NAME, 'a.test', 1, { weight: 0 }),
          srv(NAME, 'a.test', 2, { weight: 7 }),
          srv(NAME, 'a.test', 3, { priority: 1 }),
          srv(NAME, 'a.test', 4, { priority: 1 }),
        ],
        additionals: [host('a.test', '10.0.0.1')],
      },
    });
    expect(shown(await look())).toEqual([
      'a.test:1 0/0.01 10.0.0.1',
      'a.test:2 0/7 10.0.0.1',
      'a.test:3 1/1 10.0.0.1',
      'a.test:4 1/1 10.0.0.1',
    ]);
  });

  it('finds no server of a service that says that it is not available', async () => {
    const { look } = await lookAt({
      [`SRV ${NAME}`]: { answers: [srv(NAME, '.', 0, { ttl: 5 })] },
    });
    expect(await look()).toEqual({ servers: [], ttl: 5, problems: [] });
  });

  it('asks in a stream where the response is too long for a datagram', async () => {
    const answers = Array.from({ length: 100 }, (_, port) => srv(NAME, 'a.test', port + 1));
    const { look, server } = await lookAt({
      [`SRV ${NAME}`]: { answers, additionals: [host('a.test', '10.0.0.1')] },
    });
    expect((await look()).servers).toHaveLength(100);
    expect(server.asked).toEqual([`SRV ${NAME}`, `SRV ${NAME} tcp`]);
  });

  it('takes no response with another id, another question, or none', async () => {
    const { look } = await lookAt(
      {
        [`SRV ${NAME}`]: {
          answers: [srv(NAME, 'a.test', 1)],
          additionals: [host('a.test', '10.0.0.1')],
        },
      },
      (server) => {
        server.forge = (response): Packet[] => {
          const forged = { ...response, answers: [srv(NAME, 'evil.test', 6)] };
          const [question] = response.questions!;
          return [
            { ...forged, id: response.id! ^ 1 },
            { ...forged, questions: [{ ...question!, name: 'other.test' }] },
            { ...forged, questions: [{ ...question!, type: 'A' }] },
            { ...forged, questions: [] },
            { ...forged, type: 'query' },
          ];
        };
      },
    );
    expect(shown(await look())).toEqual(['a.test:1 0/1 10.0.0.1']);
  });

  it('has the shortest of all times', async () => {
    const { look } = await lookAt({
      [`SRV ${NAME}`]: {
        answers: [srv(NAME, 'a.test', 1, { ttl: 30 })],
        additionals: [host('a.test', '10.0.0.1', 20), host('a.test', 'fd00::1', 10)],
      },
    });
    expect(Math.ceil((await look()).ttl)).toBe(10);
  });

  it('asks for an address again once its time is over, or when told to', async () => {
    const { look, lookup, server } = await lookAt({
      [`SRV ${NAME}`]: { answers: [srv(NAME, 'a.test', 1), srv(NAME, 'b.test', 1)] },
      'A a.test': { answers: [host('a.test', '10.0.0.1', 3600)] },
      'A b.test': { answers: [host('b.test', '10.0.0.2', 0)] },
    });
    await look();
    await look();
    expect([server.count('A a.test'), server.count('A b.test')]).toEqual([1, 2]);
    lookup.expire();
    await look();
    expect([server.count('A a.test'), server.count('A b.test')]).toEqual([2, 3]);
  });

  it('keeps the addresses of a host that cannot be looked up any more, and tells it', async () => {
    const { look, server } = await lookAt({
      [`SRV ${NAME}`]: { answers: [srv(NAME, 'a.test', 1), srv(NAME, 'b.test', 1)] },
      'A a.test': { answers: [host('a.test', '10.0.0.1', 0)] },
      'A b.test': { answers: [host('b.test', '10.0.0.2', 0)] },
    });
    const before = await look();
    server.zone['A b.test'] = { status: STATUS.refused };
    server.zone['AAAA b.test'] = { status: STATUS.refused };
    const { problems, ...after } = await look();
    expect(after.servers).toEqual(before.servers);
    expect(problems).toMatchObject([{ code: 'EREFUSED' }]);
  });

  it('tells hosts and ports that cannot be', async () => {
    const { look } = await lookAt({
      [`SRV ${NAME}`]: {
        answers: [srv(NAME, 'a.test', 1), srv(NAME, 'white space.test', 1), srv(NAME, 'a.test', 0)],
        additionals: [host('a.test', '10.0.0.1')],
      },
    });
    const found = await look();
    expect(shown({ ...found, servers: found.servers.filter(({ ips }) => ips.length > 0) })).toEqual(
      ['a.test:1 0/1 10.0.0.1'],
    );
    expect(found.problems.map(({ message }) => message)).toEqual([
      `${NAME} has the port 0 of "a.test"`,
      `${NAME} has "white space.test", which is no host`,
    ]);
  });

  it.each([
    ['ENOTFOUND', { status: STATUS.nxdomain }, 1],
    ['ENODATA', { answers: [] }, 1],
    ['ESERVFAIL', { status: STATUS.servfail }, 2],
    ['ETIMEOUT', 'silent', 2],
  ] as const)(
    'rejects with %s, and asks again where that may help',
    async (code, reaction, times) => {
      const { look, server } = await lookAt({ [`SRV ${NAME}`]: reaction });
      await expect(look()).rejects.toMatchObject({ code });
      expect(server.asked).toHaveLength(times);
    },
  );

  it('rejects at once where no name server listens', async () => {
    const { look, server } = await lookAt({});
    await server.stop();
    await expect(look()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('ends when it is aborted', async () => {
    const { lookup, server } = await lookAt({ [`SRV ${NAME}`]: 'silent' });
    const abort = new AbortController();
    const look = lookup.look(abort.signal);
    await expect.poll(() => server.asked).toHaveLength(1);
    abort.abort();
    await expect(look).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('the name servers of a look', () => {
  it('are those of the system, in turn, until one knows', async () => {
    const zone = {
      [`SRV ${NAME}`]: {
        answers: [srv(NAME, 'a.test', 1)],
        additionals: [host('a.test', '10.0.0.1')],
      },
    };
    const servers = [
      await DnsServer.start({ [`SRV ${NAME}`]: 'silent' }),
      await DnsServer.start({ [`SRV ${NAME}`]: { status: STATUS.refused } }),
      await DnsServer.start(zone),
      await DnsServer.start(zone),
    ];
    const before = dns.getServers();
    onTestFinished(() => dns.setServers(before));
    dns.setServers(servers.map(({ port }) => `127.0.0.1:${port}`));
    expect(shown(await new SrvLookup(NAME, createAsk(undefined)).look(NEVER))).toEqual([
      'a.test:1 0/1 10.0.0.1',
    ]);
    expect(servers.map(({ asked }) => asked.length)).toEqual([1, 1, 1, 0]);
  });

  it('may be one that has a name', async () => {
    nameServer({ 'consul.test': ['127.0.0.1'] });
    const { port } = await DnsServer.start({
      [`SRV ${NAME}`]: {
        answers: [srv(NAME, 'a.test', 1)],
        additionals: [host('a.test', '10.0.0.1')],
      },
    });
    const lookup = new SrvLookup(NAME, createAsk({ host: 'consul.test', port }));
    expect((await lookup.look(NEVER)).servers).toHaveLength(1);
  });
});
