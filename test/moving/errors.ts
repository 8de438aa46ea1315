import { once } from 'node:events';
import { createServer } from 'node:net';
import { firstValueFrom } from 'rxjs';
import { expect, onTestFinished } from 'vitest';
import { TcpProxy } from '../faults/tcp-proxy.js';
import { seenByHandlers } from './moved.controller.js';
import type { Row } from './row.js';
import { type Site, endingOf } from './site.js';

/** A client that gives up soon: TCP is refused at once, and has no such option. */
const impatient = { client: { timeout: 50 } };

/** An error of the system, or one that has it as cause. */
interface Coded {
  code?: string;
  cause?: { code?: string };
}

const refused = { is: 'Error', code: 'ECONNREFUSED', message: expect.any(String) };
const unavailable = { is: 'RemoteCallError', code: 'UNAVAILABLE', message: expect.any(String) };

/** The error that a call in flight comes to when something happens. */
async function errorOfCall(site: Site, happens: () => unknown): Promise<unknown> {
  const ended = endingOf(site.client.send('gate', {}));
  await expect.poll(seenByHandlers).toContain('gate reached');
  await happens();
  return (await ended).error;
}

/** Whether an error says that nobody listens, over either transport. */
function isUnreachable(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === 'ECONNREFUSED' || code === 'UNAVAILABLE';
}

export const errors: Row[] = [
  {
    name: '`send` while nobody listens',
    options: impatient,
    observe: async (site) => (await endingOf(site.client.send('echo', 1))).error,
    tcp: refused,
    here: unavailable,
    changed: {
      options: impatient,
      observe: async (site) =>
        firstValueFrom(site.client.send('echo', 1)).catch((error: unknown) => isUnreachable(error)),
      sees: true,
    },
  },
  {
    name: '`emit` while nobody listens',
    options: impatient,
    observe: async (site) => {
      const { client } = site;
      const event = await endingOf(client.emit('event', 1));
      return { error: event.error, counted: 'dropCounts' in client && client.dropCounts.size };
    },
    tcp: { error: refused, counted: false },
    here: { error: unavailable, counted: 1 },
  },
  {
    name: 'a connection that breaks while a call is in flight',
    observe: async (site) => {
      await site.start();
      const proxy = await TcpProxy.open();
      onTestFinished(() => proxy.close());
      proxy.leadTo(site.address);
      site.connectBy(proxy.address);
      return errorOfCall(site, () => proxy.cut());
    },
    tcp: { is: 'Error', message: 'Connection closed' },
    here: unavailable,
  },
  {
    name: '`client.close()` while a call is in flight',
    observe: async (site) => {
      await site.start();
      return errorOfCall(site, () => site.client.close());
    },
    tcp: { is: 'Error', message: 'Connection closed' },
    here: { is: 'RemoteCallError', code: 'CANCELLED', message: 'the client was closed' },
  },
  {
    name: '`RpcException` of an Error',
    observe: async (site) => {
      await site.start();
      return (await endingOf(site.client.send('throw an Error', {}))).error;
    },
    tcp: { code: 'E1' },
    here: { name: 'TypeError', code: 'E1', message: 'bad' },
  },
  {
    name: 'a value in the object of an `RpcException`',
    observe: async (site) => {
      await site.start();
      return (await endingOf(site.client.send('throw', 'map'))).error;
    },
    tcp: { message: 'map', value: {} },
    here: { message: 'map', value: { a: 1 } },
  },
  {
    name: '`listen()` at a port that is taken',
    observe: async (site) => {
      const taken = createServer().listen(site.port, '127.0.0.1');
      await once(taken, 'listening');
      onTestFinished(() => void taken.close());
      const error: unknown = await site.start().catch((reason: unknown) => reason);
      return { code: (error as Coded).code, cause: (error as Coded).cause?.code };
    },
    tcp: { code: 'EADDRINUSE', cause: undefined },
    here: { code: 'UNAVAILABLE', cause: 'EADDRINUSE' },
  },
];
