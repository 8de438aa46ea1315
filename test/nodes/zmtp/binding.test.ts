import { once } from 'node:events';
import { existsSync, linkSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { parseAddress } from '../../../lib/nodes/address.js';
import { Listeners } from '../../../lib/nodes/zmtp/listeners.js';
import { resolveZmtpOptions } from '../../../lib/nodes/zmtp/zmtp-options.js';
import { ZmtpSocket } from '../../../lib/nodes/zmtp/zmtp-socket.js';
import { HAS_IPV6 } from '../../support/names.js';
import { expectSoon, settle } from '../node-recorder.js';
import { temporaryFolder } from '../temporary-folder.js';
import { ANYWHERE, Stranger, nodeWith, openNode } from './nodes.js';
import { GREETING, READY_DEALER, latin1 } from './wire.js';

const folder = temporaryFolder();
let paths = 0;
const newPath = (): string => join(folder, `socket-${paths++}`);

/** Whether anybody listens on a port of this machine. */
function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

it('shows the port that the system chose', async () => {
  const [node] = await openNode({ type: 'router', bind: [ANYWHERE] });
  expect(node.addresses).toEqual([expect.stringMatching(/^tcp:\/\/127\.0\.0\.1:[1-9]\d+$/)]);
});

it.each([
  ['all interfaces', 'tcp://*:*', HAS_IPV6 ? /^tcp:\/\/\[::\]:\d+$/ : /^tcp:\/\/0\.0\.0\.0:\d+$/],
  ['a name', 'tcp://localhost:*', /^tcp:\/\/127\.0\.0\.1:\d+$/],
  ['an interface', 'tcp://lo:*', /^tcp:\/\/127\.0\.0\.1:\d+$/],
])('listens on %s', async (_, address, expected) => {
  const [node, recorder] = await openNode({ type: 'router', bind: [address] });
  expect(node.addresses).toEqual([expect.stringMatching(expected)]);
  const [client] = await openNode({
    type: 'dealer',
    connect: node.addresses.map((text) => text.replace(/\/\/.+(?=:)/, '//127.0.0.1')),
  });
  await settle((text) => client.send([Buffer.from(text)], Buffer.from('-')), recorder);
});

it('listens on two addresses', async () => {
  const bind = [ANYWHERE, `ipc://${newPath()}`];
  const [node, recorder] = await openNode({ type: 'router', bind });
  expect(node.addresses).toHaveLength(2);
  for (const address of node.addresses) {
    const [client] = await openNode({ type: 'dealer', connect: [address] });
    await settle((text) => client.send([Buffer.from(text)], Buffer.from('-')), recorder);
  }
});

it('reads what comes before it is open once it is', async () => {
  const texts: string[] = [];
  const socket = new ZmtpSocket('ROUTER', Buffer.alloc(0), resolveZmtpOptions('ROUTER', {}), {
    message: (_, frames) => texts.push(String(frames.at(-1))),
    up: () => undefined,
    down: () => undefined,
    reached: () => undefined,
    unreachable: () => undefined,
    error: () => undefined,
    dropped: () => undefined,
    writable: () => undefined,
  });
  onTestFinished(() => socket.close());
  const addresses = [await socket.bind(parseAddress(ANYWHERE))];
  const stranger = Stranger.to({ addresses }, GREETING, READY_DEALER, latin1('\x00\x05early'));
  await once(stranger.socket, 'connect');
  await socket.bind(parseAddress(ANYWHERE));
  expect([texts, stranger.text]).toEqual([[], '']);
  socket.start([]);
  await expectSoon(() => texts).toEqual(['early']);
});

it('forgets what has given way before it is open', async () => {
  const accepted: unknown[] = [];
  const drops: string[] = [];
  const limits = { maxConnections: 9, maxConnectionsPerAddress: 9, maxHandshakes: 1, backlog: 9 };
  const listeners = new Listeners(limits, {
    accepted: (socket) => accepted.push(socket),
    dropped: (reason) => drops.push(reason),
    error: () => undefined,
  });
  onTestFinished(() => listeners.close());
  const addresses = [await listeners.bind(parseAddress(ANYWHERE))];
  const strangers = [Stranger.to({ addresses }), Stranger.to({ addresses })];
  await expectSoon(() => drops.length).toBe(1);
  await expectSoon(() => strangers.filter(({ isClosed }) => isClosed)).toHaveLength(1);
  listeners.open();
  expect(accepted).toHaveLength(1);
});

it('connects from an address of its own', async () => {
  const [node, recorder] = await openNode({ type: 'router', bind: [ANYWHERE] });
  const from = node.addresses.map((text) => text.replace('tcp://', 'tcp://127.0.0.9:0;'));
  const [client] = await openNode({ type: 'dealer', connect: from });
  await settle((text) => client.send([Buffer.from(text)], Buffer.from('-')), recorder);
  expect(client.closed).toBe(false);
});

it('names the address that cannot be bound and leaves nothing bound', async () => {
  const [taken] = await openNode({ type: 'router', bind: [ANYWHERE] });
  const [free] = await openNode({ type: 'router', bind: [ANYWHERE] });
  const [address] = free.addresses as [string];
  free.close();
  const [used] = taken.addresses as [string];
  const node = nodeWith({ type: 'router', bind: [address, used] });
  await expect(node.open({ message: () => 1 })).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: `cannot bind ${used}: EADDRINUSE (address in use)`,
    context: { address: used, errno: 'EADDRINUSE' },
  });
  expect(node.closed).toBe(true);
  await expectSoon(() => isListening(Number(address.split(':').at(-1)))).toBe(false);
});

it('refuses an ipc path where another node listens, which goes on working', async () => {
  const bind = [`ipc://${newPath()}`];
  const [, recorder] = await openNode({ type: 'router', bind });
  await expect(openNode({ type: 'router', bind })).rejects.toMatchObject({
    context: { errno: 'EADDRINUSE' },
  });
  const [client] = await openNode({ type: 'dealer', connect: bind });
  await settle((text) => client.send([Buffer.from(text)], Buffer.from('-')), recorder);
});

it('lets one of two nodes have a path that both bind at once', async () => {
  const bind = [`ipc://${newPath()}`];
  const outcomes = await Promise.allSettled([0, 1].map(() => openNode({ type: 'router', bind })));
  expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
});

it('replaces the file of a socket that nobody listens on', async () => {
  const path = newPath();
  const dead = createServer().listen(path);
  await new Promise((resolve) => {
    dead.once('listening', resolve);
  });
  // Under a second name the file outlives its server.
  const stale = newPath();
  linkSync(path, stale);
  await new Promise((resolve) => {
    dead.close(resolve);
  });
  const [node] = await openNode({ type: 'router', bind: [`ipc://${stale}`] });
  expect(node.addresses).toEqual([`ipc://${stale}`]);
});

it('does not replace a file that is no socket', async () => {
  const path = newPath();
  writeFileSync(path, 'precious');
  await expect(openNode({ type: 'router', bind: [`ipc://${path}`] })).rejects.toMatchObject({
    context: { errno: 'EADDRINUSE' },
  });
  expect(existsSync(path)).toBe(true);
});

it.runIf(process.platform === 'linux')('takes an abstract socket of Linux', async () => {
  const bind = [`ipc://@nestjs-remote-${process.pid}`];
  const [, recorder] = await openNode({ type: 'router', bind });
  const [client] = await openNode({ type: 'dealer', connect: bind });
  await settle((text) => client.send([Buffer.from(text)], Buffer.from('-')), recorder);
  expect(client.closed).toBe(false);
});

it('binds again where another node was just closed', async () => {
  let [node] = await openNode({ type: 'router', bind: [ANYWHERE, `ipc://${newPath()}`] });
  const bind = [...node.addresses];
  for (let round = 0; round < 20; round++) {
    node.close();
    [node] = await openNode({ type: 'router', bind });
    expect(node.addresses).toEqual(bind);
  }
});
