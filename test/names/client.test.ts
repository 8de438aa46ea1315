import { firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createClient } from '../support/nest.js';
import { HAS_IPV6, type Names, nameServer } from '../support/names.js';
import { echo, listen } from '../robustness/plain-service.js';

const NAME = 'services.test';
const UNKNOWN = `cannot resolve ${NAME}: ENOTFOUND; no name server knows it: correct the name`;
const BOTH = ['127.0.0.1', '::1'];

/** Two servers of one port, each at its own address, that say which they are. */
async function twoServers(names: Names, handlers: Record<string, () => Promise<unknown>> = {}) {
  const requests = (family: string) => ({ who: () => Promise.resolve(family), ...handlers });
  const ipv4 = await listen({ requests: requests('IPv4') });
  const port = ipv4.address.split(':').at(-1);
  const ipv6 = await listen({ requests: requests('IPv6') }, { bind: `tcp://[::1]:${port}` });
  nameServer(names);
  return { ipv4: ipv4.server, ipv6: ipv6.server, address: `tcp://${NAME}:${port}` };
}

async function answering(client: ReturnType<typeof createClient>): Promise<unknown[]> {
  const calls = Array.from({ length: 10 }, () => client.issueCall('who', [], { timeout: 0 }));
  return [...new Set((await Promise.all(calls)) as string[])].toSorted();
}

describe.runIf(HAS_IPV6)('a client of a name with two addresses', () => {
  it('calls the servers at both, in turn', async () => {
    const { address } = await twoServers({ [NAME]: BOTH });
    const client = createClient({ connect: address });
    await expect.poll(() => answering(client)).toEqual(['IPv4', 'IPv6']);
  });

  it('calls the one that is there', async () => {
    const { address, ipv4 } = await twoServers({ [NAME]: BOTH });
    await ipv4.close();
    expect(await answering(createClient({ connect: address }))).toEqual(['IPv6']);
  });

  it('says by which names it was given what it cannot reach', async () => {
    const { address, ipv4, ipv6 } = await twoServers({ [NAME]: BOTH });
    await Promise.all([ipv4.close(), ipv6.close()]);
    await expect(createClient({ connect: address, timeout: 50 }).connect()).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining(address),
    });
  });
});

describe.runIf(HAS_IPV6)(
  'a client with an identity of its own, of a name with two addresses',
  () => {
    it('has one link: the server of both knows one peer of an identity', async () => {
      const { address } = await listen({ requests: { echo } }, { bind: 'tcp://*:*' });
      nameServer({ [NAME]: BOTH });
      const port = address.split(':').at(-1);
      const client = createClient({ connect: `tcp://${NAME}:${port}`, identity: 'me', timeout: 0 });
      const values = Array.from({ length: 10 }, (_, index) => index);
      expect(await Promise.all(values.map((value) => client.issueCall('echo', [value])))).toEqual(
        values,
      );
      expect(client.unwrap()).toHaveLength(1);
    });

    it('calls the server at the second where the first is not there, and goes back', async () => {
      const { address, ipv4, ipv6 } = await twoServers({ [NAME]: BOTH });
      await ipv4.close();
      const client = createClient({ connect: address, identity: 'me', timeout: 0 });
      expect(await answering(client)).toEqual(['IPv6']);
      await ipv6.close();
      const bind = address.replace(NAME, '127.0.0.1');
      await listen({ requests: { who: () => Promise.resolve('IPv4') } }, { bind });
      expect(await answering(client)).toEqual(['IPv4']);
    });
  },
);

describe.runIf(HAS_IPV6)('a client of a name that changes', () => {
  it('calls the server at an address that is new', async () => {
    const names: Names = { [NAME]: ['127.0.0.1'] };
    const { address } = await twoServers(names);
    const client = createClient({ connect: address, resolveInterval: 20 });
    expect(await answering(client)).toEqual(['IPv4']);
    names[NAME] = BOTH;
    await expect.poll(() => answering(client)).toEqual(['IPv4', 'IPv6']);
  });

  it('calls a server no more whose address is gone, and lets the calls in flight end', async () => {
    const names: Names = { [NAME]: BOTH };
    const held: (() => void)[] = [];
    const hold = (): Promise<unknown> => new Promise((resolve) => held.push(() => resolve('held')));
    const { address } = await twoServers(names, { hold });
    const client = createClient({ connect: address, timeout: 0, resolveInterval: 20 });
    await expect.poll(() => answering(client)).toEqual(['IPv4', 'IPv6']);
    const calls = Array.from({ length: 4 }, () => client.issueCall('hold'));
    await expect.poll(() => held.length).toBe(4);
    names[NAME] = ['::1'];
    await expect.poll(() => answering(client)).toEqual(['IPv6']);
    expect(client.unwrap<unknown[]>()).toHaveLength(2);
    held.forEach((release) => release());
    expect(await Promise.all(calls)).toEqual(['held', 'held', 'held', 'held']);
    await expect.poll(() => client.unwrap<unknown[]>().length).toBe(1);
  });

  it('looks it up again when its link is lost', async () => {
    const names: Names = { [NAME]: ['127.0.0.1'] };
    const { address, ipv4 } = await twoServers(names);
    const client = createClient({ connect: address, resolveInterval: 0 });
    expect(await answering(client)).toEqual(['IPv4']);
    names[NAME] = ['::1'];
    await ipv4.close();
    expect(await answering(client)).toEqual(['IPv6']);
  });

  it('keeps its links while no name server responds', async () => {
    const names: Names = { [NAME]: ['127.0.0.1'] };
    const { address } = await twoServers(names);
    const client = createClient({ connect: address, resolveInterval: 20 });
    const errors: unknown[] = [];
    client.on('error', ({ code, message }) => errors.push(`${code}: ${message}`));
    expect(await answering(client)).toEqual(['IPv4']);
    names[NAME] = undefined;
    await expect.poll(() => errors).toEqual([`UNAVAILABLE: ${UNKNOWN}`]);
    expect(await answering(client)).toEqual(['IPv4']);
  });
});

describe('a client of a name', () => {
  it('that is unknown waits for it within the timeout, and reports it', async () => {
    const names: Names = {};
    nameServer(names);
    const { address } = await listen({ requests: { echo } });
    const client = createClient({ connect: address.replace('127.0.0.1', NAME), timeout: 0 });
    const reported = new Promise<Error>((resolve) => client.on('error', resolve));
    const call = client.issueCall('echo', [1]);
    expect((await reported).message).toBe(UNKNOWN);
    names[NAME] = ['127.0.0.1'];
    expect(await call).toBe(1);
  });

  it('whose name server is silent calls its other servers', async () => {
    const { address } = await listen({ requests: { echo } });
    nameServer({ 'silent.test': 'silent', [NAME]: ['127.0.0.1'] });
    const connect = ['tcp://silent.test:1', address.replace('127.0.0.1', NAME)];
    expect(await createClient({ connect }).issueCall('echo', [1])).toBe(1);
  });

  it('calls a server behind two whose name servers are silent', async () => {
    const { address } = await listen({ requests: { echo } });
    nameServer({ 'silent.test': 'silent', 'mute.test': 'silent', 'third.test': ['127.0.0.1'] });
    const third = address.replace('127.0.0.1', 'third.test');
    const connect = ['tcp://silent.test:1', 'tcp://mute.test:1', third];
    expect(await createClient({ connect, timeout: 0 }).issueCall('echo', [1])).toBe(1);
  });

  it('closes while a name server is silent', async () => {
    nameServer({ 'silent.test': 'silent' });
    const client = createClient({ connect: 'tcp://silent.test:1', timeout: 0 });
    const connecting = client.connect();
    const closed = client.close();
    await expect(connecting).rejects.toMatchObject({ code: 'CANCELLED' });
    await closed;
  });

  it('sends datagrams to it', async () => {
    const { address } = await listen({ requests: { echo } }, { bind: 'udp://127.0.0.1:*' });
    nameServer({ [NAME]: ['127.0.0.1'] });
    const client = createClient({ connect: address.replace('127.0.0.1', NAME) });
    expect(await client.issueCall('echo', [1])).toBe(1);
  });

  it.each(['tcp', 'udp'])('that is localhost reaches this machine by %s', async (scheme) => {
    const { address } = await listen({ requests: { echo } }, { bind: `${scheme}://127.0.0.1:*` });
    const client = createClient({ connect: address.replace('127.0.0.1', 'localhost') });
    expect(await firstValueFrom(client.send('echo', 1))).toBe(1);
  });
});
