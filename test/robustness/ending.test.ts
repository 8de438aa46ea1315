import { RemoteClient, RemoteServer } from 'nestjs-remote';
import { describe, expect, it } from 'vitest';
import { createClient } from '../support/nest.js';
import { callsHeld, hasSockets } from './inside.js';
import { echo, hang, listen, start } from './plain-service.js';
import { vacantAddress } from './processes.js';

describe('a client that is closed', () => {
  it('rejects a pending connect with CANCELLED and keeps no socket', async () => {
    const client = createClient({ connect: await vacantAddress(), timeout: 0 });
    const ending = expect(client.connect()).rejects.toMatchObject({ code: 'CANCELLED' });
    await client.close();
    await ending;
    expect(hasSockets(client)).toBe(false);
  });

  it('rejects calls in flight and calls that wait with CANCELLED, each once', async () => {
    const { address } = await listen({ requests: { hang } });
    const client = createClient({ connect: [address, await vacantAddress()], timeout: 0 });
    await client.connect();
    const calls = [1, 2, 3].map(() => client.call.hang());
    const endings = Promise.allSettled(calls);
    await Promise.all([client.close(), client.close()]);
    for (const ending of await endings) {
      expect(ending).toMatchObject({ status: 'rejected', reason: { code: 'CANCELLED' } });
    }
    expect(callsHeld(client)).toBe(0);
  });

  it('responds to a call that was made while it closed, and closes again after it', async () => {
    const { address } = await listen({ requests: { echo, hang } });
    const client = createClient({ connect: address, timeout: 0 });
    await client.connect();
    let again: Promise<unknown> | undefined;
    client.send('hang', 1).subscribe({
      error: () => {
        again = client.issueCall('echo', ['again']);
      },
    });
    await client.close();
    expect(await again).toBe('again');
    expect(hasSockets(client)).toBe(false);
  });

  it('reports no error when it closes while it binds', async () => {
    const client = new RemoteClient({ socket: 'pub', bind: 'tcp://127.0.0.1:*' });
    const failures: unknown[] = [];
    client.on('error', (error) => failures.push(error));
    const ending = client.connect().catch((error: { code: string }) => error.code);
    await client.close();
    expect(await ending).toBe('CANCELLED');
    await client.connect();
    await client.close();
    expect(failures).toEqual([]);
  });
});

describe('a server that is closed', () => {
  it('does not listen afterwards when it was still about to', async () => {
    const server = new RemoteServer({ bind: 'tcp://127.0.0.1:*' });
    const listening = start(server).catch(() => undefined);
    await server.close();
    await listening;
    expect(server.addresses).toEqual([]);
    expect(() => server.unwrap()).toThrow('Not initialized');
  });

  it('responds with an error to a result whose members throw', async () => {
    const result = {
      get broken(): never {
        throw new Error('no such luck');
      },
    };
    const { address } = await listen({ requests: { broken: () => Promise.resolve(result) } });
    const client = createClient({ connect: address, timeout: 0 });
    await expect(client.call.broken()).rejects.toMatchObject({ origin: 'remote' });
  });
});

describe('a call with a signal', () => {
  it('that cannot be encoded says why', async () => {
    const { address } = await listen({ requests: { echo } });
    const { signal } = new AbortController();
    const call = createClient(address).issueCall('echo', [2n ** 9000n], { signal });
    await expect(call).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

describe('a subclass whose hook throws', () => {
  it('fails its own call, and not the link', async () => {
    class Picky extends RemoteClient {
      protected override serializeResponse(response: unknown): unknown {
        if (response === 'bad') {
          throw new Error('picky');
        }
        return response;
      }
    }
    const { address } = await listen({ requests: { echo } });
    const client = new Picky({ connect: address, timeout: 0 });
    const failures: unknown[] = [];
    client.on('error', (error) => failures.push(error));
    await expect(client.call.echo('bad')).rejects.toThrow('picky');
    expect(await client.call.echo('good')).toBe('good');
    expect(failures).toEqual([]);
    await client.close();
  });
});
