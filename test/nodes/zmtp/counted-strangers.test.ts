import { connect } from 'node:net';
import type { RemoteClient, RemoteServer } from 'nestjs-remote';
import { expect, it, onTestFinished } from 'vitest';
import { listen } from '../../robustness/plain-service.js';
import { vacantAddress } from '../../robustness/processes.js';
import { createClient } from '../../support/nest.js';

/** Connects to an address, and says what is no ZMTP. */
function visit(address: string): void {
  const stranger = connect({ host: '127.0.0.1', port: Number(new URL(address).port) });
  onTestFinished(() => void stranger.destroy());
  stranger.on('error', () => undefined);
  stranger.end('GET / HTTP/1.1\r\n\r\n');
}

const strangersOf = ({ dropCounts }: RemoteClient | RemoteServer): number | undefined =>
  dropCounts.get('connection that breaks ZMTP');

it('a client that binds counts the strangers that it drops', async () => {
  const bind = await vacantAddress();
  const client = createClient({ socket: 'pub', bind, engine: 'net' });
  await client.connect();
  visit(bind);
  await expect.poll(() => strangersOf(client)).toBe(1);
});

it('a server counts the strangers that it drops', async () => {
  const { server, address } = await listen({}, { bind: 'tcp://127.0.0.1:*', engine: 'net' });
  visit(address);
  await expect.poll(() => strangersOf(server)).toBe(1);
});
