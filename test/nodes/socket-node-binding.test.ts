import { existsSync, linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { SocketNode, type SocketNodeOptions } from '../../lib/nodes/zeromq/socket-node.js';
import { expectSoon, record, settle } from './node-recorder.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = temporaryFolder();
const opened: SocketNode[] = [];
let paths = 0;

afterEach(() => opened.splice(0).forEach((node) => node.close()));

function nodeWith(options: Partial<SocketNodeOptions>): SocketNode {
  const node = new SocketNode({ type: 'router', ...options });
  opened.push(node);
  return node;
}

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
  const node = nodeWith({ bind: ['tcp://127.0.0.1:*'] });
  await record(node);
  expect(node.addresses).toEqual([expect.stringMatching(/^tcp:\/\/127\.0\.0\.1:[1-9]\d+$/)]);
});

it('listens on two addresses', async () => {
  const node = nodeWith({ bind: ['tcp://127.0.0.1:*', `ipc://${newPath()}`] });
  const recorder = await record(node);
  expect(node.addresses).toHaveLength(2);
  for (const address of node.addresses) {
    const client = nodeWith({ type: 'dealer', connect: [address] });
    await record(client);
    await settle((text) => client.send([Buffer.from(text)], Buffer.from('-')), recorder);
  }
});

it('connects to several addresses, and says so for each', async () => {
  const servers = [0, 1].map(() => nodeWith({ bind: ['tcp://127.0.0.1:*'] }));
  await Promise.all(servers.map(record));
  const client = nodeWith({ type: 'dealer', connect: servers.flatMap((each) => each.addresses) });
  const recorder = await record(client);
  await expectSoon(() => recorder.links).toEqual(['up', 'up']);
  servers[0]?.close();
  await expectSoon(() => recorder.links).toEqual(['up', 'up', 'down']);
});

it('names the address that cannot be bound and leaves nothing bound', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => {
    taken.once('listening', resolve);
  });
  const free = nodeWith({ bind: ['tcp://127.0.0.1:*'] });
  await record(free);
  const [address] = free.addresses as [string];
  free.close();
  const { port } = taken.address() as { port: number };
  const node = nodeWith({ bind: [address, `tcp://127.0.0.1:${port}`] });
  await expect(record(node)).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringContaining(`cannot bind tcp://127.0.0.1:${port}: EADDRINUSE`),
    context: { address: `tcp://127.0.0.1:${port}`, errno: 'EADDRINUSE' },
  });
  expect(node.closed).toBe(true);
  await expectSoon(() => isListening(Number(address.split(':').at(-1)))).toBe(false);
  taken.close();
});

it('refuses an ipc path where another node listens, which goes on working', async () => {
  const bind = [`ipc://${newPath()}`];
  const first = nodeWith({ bind });
  const recorder = await record(first);
  await expect(record(nodeWith({ bind }))).rejects.toMatchObject({
    message: expect.stringContaining('EADDRINUSE'),
    context: { errno: 'EADDRINUSE' },
  });
  const client = nodeWith({ type: 'dealer', connect: bind });
  await record(client);
  await settle((text) => client.send([Buffer.from(text)], Buffer.from('-')), recorder);
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
  expect(existsSync(stale)).toBe(true);
  const node = nodeWith({ bind: [`ipc://${stale}`] });
  await record(node);
  expect(node.addresses).toEqual([`ipc://${stale}`]);
});

it('does not replace a file that is no socket', async () => {
  const path = newPath();
  writeFileSync(path, 'precious');
  await expect(record(nodeWith({ bind: [`ipc://${path}`] }))).rejects.toMatchObject({
    context: { errno: 'EADDRINUSE' },
  });
  expect(existsSync(path)).toBe(true);
});

it('binds again where another node was just closed', async () => {
  const first = nodeWith({ bind: ['tcp://127.0.0.1:*', `ipc://${newPath()}`] });
  await record(first);
  const bind = [...first.addresses];
  for (let round = 0; round < 20; round++) {
    opened.at(-1)?.close();
    const next = nodeWith({ bind });
    await record(next);
    expect(next.addresses).toEqual(bind);
  }
});

it('tries each second to bind its broken socket again', async () => {
  const place = join(folder, 'gone-for-a-while');
  mkdirSync(place);
  const bind = [`ipc://${join(place, 'socket')}`];
  const node = nodeWith({ bind });
  const recorder = await record(node);
  rmSync(place, { recursive: true });
  node.sockets[0]?.close();
  await expectSoon(() => recorder.errors.map(({ message }) => message)).toEqual([
    'node transport reopened',
    expect.stringContaining('the folder does not exist'),
  ]);
  mkdirSync(place);
  await expectSoon(() => node.addresses).toEqual(bind);
  const client = nodeWith({ type: 'dealer', connect: bind });
  await record(client);
  await settle((text) => client.send([Buffer.from(text)], Buffer.from('-')), recorder);
});

it('does not try to bind again once it is closed', async () => {
  const place = join(folder, 'gone-for-ever');
  mkdirSync(place);
  const node = nodeWith({ bind: [`ipc://${join(place, 'socket')}`] });
  const recorder = await record(node);
  rmSync(place, { recursive: true });
  node.sockets[0]?.close();
  await expectSoon(() => recorder.errors.length).toBe(2);
  node.close();
  mkdirSync(place);
  const successor = nodeWith({ bind: [`ipc://${join(place, 'socket')}`] });
  await record(successor);
  // An opening of its own shows that none is under way any more.
  await expect(record(node)).rejects.toMatchObject({ context: { errno: 'EADDRINUSE' } });
});

it.each(['udp://127.0.0.1:1', 'nonsense'])('refuses the address %s at construction', (address) => {
  expect(() => nodeWith({ bind: [address] })).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
  );
});

it('refuses to connect to a port that nobody chose', () => {
  expect(() => nodeWith({ type: 'dealer', connect: ['tcp://127.0.0.1:*'] })).toThrow('no port');
});
