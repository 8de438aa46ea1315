import { Server as TcpServer, Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { Dealer, Router } from 'zeromq';
import { expect, onTestFinished } from 'vitest';
import { TcpProxy } from '../faults/tcp-proxy.js';
import { runFixture, startChildService } from '../robustness/processes.js';
import { currentGate, seenByHandlers } from './moved.controller.js';
import type { Row } from './row.js';
import { type Site, described, endingOf, waitsLongerThan } from './site.js';

const settled = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(() => 'resolved', described);

const refused = { is: 'Error', code: 'ECONNREFUSED', message: expect.any(String) };

/** Adds a listener of an event that the type may not know. */
function listen(target: object, event: string, listener: (...args: unknown[]) => void): unknown {
  try {
    (target as { on: (name: string, heard: unknown) => void }).on(event, listener);
    return 'added';
  } catch (error) {
    return described(error);
  }
}

const noEvent = (event: string): object => ({
  is: 'RemoteCallError',
  code: 'INVALID_ARGUMENT',
  message: `there is no event '${event}'; there are connect, disconnect, error, drop`,
});

/** Which of these events a client emits in its life. */
async function eventsOf(site: Site, names: string[]): Promise<string[]> {
  const heard = new Set<string>();
  for (const name of names) {
    listen(site.client, name, () => heard.add(name));
  }
  await site.start();
  await site.client.connect();
  await site.client.close();
  const last = site.transport === 'TCP' ? 'close' : 'disconnect';
  await expect.poll(() => [...heard]).toContain(last);
  return [...heard];
}

const kindOf = (socket: unknown): unknown => {
  const one: unknown = Array.isArray(socket) ? socket[0] : socket;
  const kinds = { Socket, Server: TcpServer, Dealer, Router };
  const [name] = Object.entries(kinds).find(([, kind]) => one instanceof kind) ?? [];
  return Array.isArray(socket) ? [name] : name;
};

const HEARTBEAT = 100;

/** What a call comes to while nothing comes for three heartbeats, and then all does. */
async function endingOfQuietCall(
  site: Site,
  call: Promise<unknown>,
  goOn: () => void,
): Promise<unknown> {
  if (site.transport === 'TCP') {
    const isWaiting = await waitsLongerThan(call, setTimeout(4 * HEARTBEAT));
    goOn();
    return [isWaiting, await call];
  }
  const ending = await call;
  goOn();
  return ending;
}

const vanished = {
  values: [],
  error: {
    is: 'RemoteCallError',
    code: 'UNAVAILABLE',
    message: expect.stringContaining('nothing came for 300 ms (option heartbeat)') as string,
  },
};

export const connections: Row[] = [
  {
    name: '`connect()` before the service has started',
    observe: async (site) => {
      const connecting = settled(site.client.connect());
      if (site.transport === 'TCP') {
        return connecting;
      }
      await site.start();
      return connecting;
    },
    tcp: refused,
    here: 'resolved',
  },
  {
    name: 'a call while the service restarts',
    observe: async (site) => {
      await site.ask('echo');
      await site.stop();
      const ended = endingOf(site.client.send('echo', 'meanwhile'));
      if (site.transport === 'TCP') {
        return (await ended).error;
      }
      await site.start();
      return ended;
    },
    tcp: expect.objectContaining({ is: 'Error' }),
    here: { values: ['meanwhile'] },
  },
  {
    name: '`emit` before the service has started',
    observe: async (site) => {
      const ended = endingOf(site.client.emit('event', 'early'));
      if (site.transport === 'TCP') {
        await ended;
      }
      await site.start();
      const later = site.createClient();
      onTestFinished(() => later.close());
      later.emit('event', 'last');
      // Two connections do not keep the order of their events.
      const awaited = site.transport === 'TCP' ? ['last'] : ['last', 'early'];
      await expect.poll(seenByHandlers).toEqual(expect.arrayContaining(awaited));
      return seenByHandlers().includes('early');
    },
    tcp: false,
    here: true,
  },
  {
    name: 'events of a client: `on()`',
    observe: (site) =>
      eventsOf(site, site.transport === 'TCP' ? ['connect', 'close'] : ['connect', 'disconnect']),
    tcp: ['connect', 'close'],
    here: ['connect', 'disconnect'],
  },
  {
    name: "an event that never comes: `on('end')`",
    observe: (site) => [
      listen(site.client, 'end', () => undefined),
      listen(site.createServer(), 'listening', () => undefined),
    ],
    tcp: ['added', 'added'],
    here: [noEvent('end'), noEvent('listening')],
  },
  {
    name: "`on('error')` of a client while nobody listens",
    options: { client: { timeout: 50 } },
    observe: async (site) => {
      const heard: unknown[] = [];
      listen(site.client, 'error', (error) => heard.push(described(error)));
      await settled(site.client.connect());
      return heard;
    },
    tcp: [refused],
    here: [],
  },
  {
    name: '`unwrap()`',
    observe: async (site) => {
      await site.ask('echo');
      return [kindOf(site.client.unwrap()), kindOf(site.app?.unwrap())];
    },
    tcp: ['Socket', 'Server'],
    here: [['Dealer'], ['Router']],
  },
  {
    name: '`unwrap()` of a server before `listen()`',
    observe: (site) => {
      try {
        return kindOf(site.createServer().unwrap());
      } catch (error) {
        return (error as Error).message.slice(0, 15);
      }
    },
    tcp: 'Server',
    here: 'Not initialized',
  },
  {
    name: 'a server that closes while a call is in flight',
    observe: async (site) => {
      await site.start();
      const ended = endingOf(site.client.send('gate', {}));
      await expect.poll(seenByHandlers).toContain('gate reached');
      const closed = site.stop();
      if (site.transport === 'TCP') {
        const ending = await ended;
        currentGate().open('late');
        return ending;
      }
      currentGate().open('late');
      await closed;
      return ended;
    },
    tcp: { values: [], error: { is: 'Error', message: 'Connection closed' } },
    here: { values: ['late'] },
  },
  {
    name: 'a service whose event loop is blocked for three times `heartbeat`',
    options: { client: { timeout: 0, heartbeat: HEARTBEAT } },
    observe: async (site) => {
      const { transport } = site;
      const name = 'service-of-transport.mjs';
      const service = await startChildService(site.address, { transport }, name);
      await endingOf(site.client.send('echo', 'before'));
      service.freeze();
      const ended = endingOf(site.client.send('echo', 'meanwhile'));
      return endingOfQuietCall(site, ended, () => service.thaw());
    },
    tcp: ['still waiting', { values: ['meanwhile'] }],
    here: vanished,
  },
  {
    name: 'a message that takes three times `heartbeat` to arrive',
    options: { client: { timeout: 0, heartbeat: HEARTBEAT } },
    observe: async (site) => {
      await site.start();
      const cable = await TcpProxy.open();
      onTestFinished(() => cable.close());
      cable.leadTo(site.address);
      site.connectBy(cable.address);
      await endingOf(site.client.send('echo', 'before'));
      const ended = endingOf(site.client.send('gate', {}));
      await expect.poll(seenByHandlers).toContain('gate reached');
      cable.hold();
      currentGate().open('late');
      return endingOfQuietCall(site, ended, () => cable.release());
    },
    tcp: ['still waiting', { values: ['late'] }],
    here: vanished,
  },
  {
    name: 'workers of `node:cluster` that listen at one port',
    observe: async (site) => {
      const { output } = await runFixture('cluster-workers.mjs', site.address, site.transport);
      const [first, second] = JSON.parse(output) as { code?: string }[];
      return [first?.code, second?.code];
    },
    tcp: [undefined, undefined],
    here: [undefined, 'INVALID_ARGUMENT'],
  },
];
