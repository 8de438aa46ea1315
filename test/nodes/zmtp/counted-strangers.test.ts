import { connect } from 'node:net';
import type { DropReport, RemoteClient, RemoteServer } from 'nestjs-remote';
import { expect, it, onTestFinished } from 'vitest';
import { listen } from '../../robustness/plain-service.js';
import { vacantAddress } from '../../robustness/processes.js';
import { startRouter } from '../../router/peers.js';
import { createClient } from '../../support/nest.js';

/** Connects to an address, and says what is no ZMTP. */
function visit(address: string): void {
  const stranger = connect({ host: '127.0.0.1', port: Number(new URL(address).port) });
  onTestFinished(() => void stranger.destroy());
  stranger.on('error', () => undefined);
  stranger.end('GET / HTTP/1.1\r\n\r\n');
}

const REASON = 'connection that breaks ZMTP';

/** Who it was, and what is wrong. */
const DETAIL = 'a peer at 127.0.0.1: the other side speaks no ZMTP, or one older than 2.0';

/** What a side reports about drops. */
function reportsOf(side: RemoteClient | RemoteServer): DropReport[] {
  const reports: DropReport[] = [];
  side.on('drop', (report) => reports.push(report));
  return reports;
}

it('a client that binds tells of the strangers that it drops', async () => {
  const bind = await vacantAddress();
  const client = createClient({ socket: 'pub', bind, engine: 'net' });
  const reports = reportsOf(client);
  await client.connect();
  visit(bind);
  await expect.poll(() => reports).toEqual([{ reason: REASON, count: 1, detail: DETAIL }]);
  expect(client.dropCounts.get(REASON)).toBe(1);
});

it('a server tells of the strangers that it drops', async () => {
  const { server, address } = await listen({}, { bind: 'tcp://127.0.0.1:*', engine: 'net' });
  const reports = reportsOf(server);
  visit(address);
  const detail = `${DETAIL}, at ${address}`;
  await expect.poll(() => reports).toEqual([{ reason: REASON, count: 1, detail }]);
  expect(server.dropCounts.get(REASON)).toBe(1);
});

it('a router tells of the strangers that it drops', async () => {
  const { router, frontend, logs } = await startRouter({ engine: 'net' });
  visit(frontend);
  await expect.poll(() => logs.join('\n')).toContain(`${REASON}. ${DETAIL}, at the frontend`);
  expect(router.counts.dropped.get(REASON)).toBe(1);
});
