import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import type { RemoteServer } from 'nestjs-remote';
import { describe, expect, it, onTestFinished } from 'vitest';
import { echo, listen } from '../robustness/plain-service.js';
import { createClient } from '../support/nest.js';

const bind = 'tcp://127.0.0.1:*';
const NET = { bind, engine: 'net' } as const;

/** Connects to a server, and never says a word. */
async function silentStranger(address: string): Promise<Socket> {
  const stranger = connect({ host: '127.0.0.1', port: Number(new URL(address).port) });
  onTestFinished(() => void stranger.destroy());
  stranger.on('error', () => undefined);
  await once(stranger, 'connect');
  return stranger.resume();
}

const strangers = (count: number, address: string): Promise<Socket[]> =>
  Promise.all(Array.from({ length: count }, () => silentStranger(address)));

const dropsOf = ({ dropCounts }: RemoteServer, reason: string): number =>
  dropCounts.get(reason) ?? 0;

describe('a server of the engine net that has as many connections as it may have', () => {
  it.each(['maxConnections', 'maxConnectionsPerAddress'])(
    'closes those above %s, whose clients are UNAVAILABLE until others leave',
    async (limit) => {
      const { server, address } = await listen(
        { requests: { echo } },
        { ...NET, socketOptions: { [limit]: 1 } },
      );
      const first = createClient(address);
      expect(await first.call.echo('first')).toBe('first');

      const second = createClient({ connect: address, timeout: 200 });
      await expect(second.connect()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      expect(dropsOf(server, 'connection over the limit')).toBeGreaterThan(0);
      expect(await first.call.echo('still')).toBe('still');

      await first.close();
      await expect.poll(() => second.call.echo('next').catch(() => undefined)).toBe('next');
    },
  );

  it('lets half-open connections give way, so that every call of good clients succeeds', async () => {
    const { server, address } = await listen(
      { requests: { echo } },
      { ...NET, socketOptions: { maxHandshakes: 8, handshakeInterval: 0 } },
    );
    await strangers(40, address);
    const clients = [1, 2, 3].map(() => createClient(address));
    const answers = clients.map((client, index) => client.call.echo(index));
    await strangers(40, address);
    expect(await Promise.all(answers)).toEqual([0, 1, 2]);
    await strangers(40, address);
    expect(await Promise.all(clients.map((client) => client.call.echo('again')))).toEqual(
      clients.map(() => 'again'),
    );
    await expect
      .poll(() => dropsOf(server, 'handshake that gives way to a newer connection'))
      .toBeGreaterThanOrEqual(80);
  });
});

describe('a server of either engine', () => {
  it.each(['net', 'zeromq'] as const)(
    'closes connections whose handshake takes longer than handshakeInterval: %s',
    async (engine) => {
      const { address } = await listen(
        { requests: { echo } },
        { bind, engine, socketOptions: { handshakeInterval: 100 } },
      );
      const silent = await strangers(20, address);
      await expect.poll(() => silent.every(({ closed }) => closed)).toBe(true);
      expect(await createClient(address).call.echo('good')).toBe('good');
    },
  );
});
