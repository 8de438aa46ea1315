import { describe, expect, it } from 'vitest';
import { type NodeOptions, createNode, createNodes } from '../../lib/nodes/create-node.js';
import type { Node } from '../../lib/nodes/node.js';
import { DatagramNode } from '../../lib/nodes/udp/datagram-node.js';
import { SocketNode } from '../../lib/nodes/zeromq/socket-node.js';
import { ZmtpNode } from '../../lib/nodes/zmtp/zmtp-node.js';
import { NodeRecorder } from './node-recorder.js';

const TCP = 'tcp://127.0.0.1:*';
const OTHER = 'inproc://create-node';
const UDP = 'udp://127.0.0.1:*';
const REMOTE = 'tcp://127.0.0.1:9';
const REMOTE_UDP = 'udp://127.0.0.1:9';

const client: NodeOptions = { role: 'client', socket: 'dealer', bind: [], connect: [] };
const server: NodeOptions = { role: 'server', socket: 'router', bind: [], connect: [] };
const router: NodeOptions = { role: 'router', socket: 'router', bind: [], connect: [] };

const kindsOf = (nodes: readonly Node[]): unknown[] => nodes.map((node) => node.constructor);

/** Options as zeromq.js has them on the open socket. */
async function socketOf(options: NodeOptions): Promise<unknown> {
  const node = createNode(options);
  await node.open(new NodeRecorder());
  const [socket] = node.sockets as Record<string, unknown>[];
  const seen = { ...pick(socket, 'sendHighWaterMark', 'routingId', 'maxMessageSize') };
  node.close();
  return seen;
}

function pick(socket: Record<string, unknown> | undefined, ...names: string[]): object {
  return Object.fromEntries(names.map((name) => [name, socket?.[name]]));
}

describe('the nodes of', () => {
  it('a bound server are a socket for all addresses and a node for each udp:// address', async () => {
    const nodes = createNodes({ ...server, bind: [TCP, UDP, OTHER, UDP] });
    expect(kindsOf(nodes)).toEqual([SocketNode, DatagramNode, DatagramNode]);
    await Promise.all(nodes.map((node) => node.open(new NodeRecorder())));
    expect(nodes.map(({ addresses }) => addresses.length)).toEqual([2, 1, 1]);
    nodes.forEach((node) => node.close());
  });

  it('a server with udp:// addresses alone have no socket', () => {
    expect(kindsOf(createNodes({ ...server, bind: [UDP] }))).toEqual([DatagramNode]);
  });

  it('a server behind routers are a socket for each', () => {
    const nodes = createNodes({ ...server, socket: 'dealer', connect: [REMOTE, OTHER] });
    expect(kindsOf(nodes)).toEqual([SocketNode, SocketNode]);
  });

  it('a server of events by topic are one socket, whether it binds, connects or both', () => {
    const sub = { ...server, socket: 'sub' } as const;
    expect(createNodes({ ...sub, bind: [TCP, OTHER] })).toHaveLength(1);
    expect(createNodes({ ...sub, connect: [REMOTE, OTHER] })).toHaveLength(1);
    expect(createNodes({ ...sub, bind: [TCP], connect: [REMOTE] })).toHaveLength(1);
  });

  it('a client are one for each address, in their order', () => {
    const nodes = createNodes({ ...client, connect: [REMOTE, REMOTE_UDP, OTHER] });
    expect(kindsOf(nodes)).toEqual([SocketNode, DatagramNode, SocketNode]);
  });

  it('a client of events by topic are one socket', () => {
    const nodes = createNodes({ ...client, socket: 'pub', bind: [TCP], connect: [REMOTE, OTHER] });
    expect(kindsOf(nodes)).toEqual([SocketNode]);
  });
});

describe('the engine net carries', () => {
  const engine = 'net';

  it('tcp:// and ipc:// of a bound server, beside the nodes of its other addresses', () => {
    const nodes = createNodes({ ...server, engine, bind: [TCP, OTHER, 'ipc://path', UDP] });
    expect(kindsOf(nodes)).toEqual([SocketNode, ZmtpNode, DatagramNode]);
  });

  it('tcp:// and ipc:// of a client, each address by itself', () => {
    const connect = [REMOTE, OTHER, 'ipc://path', REMOTE_UDP];
    expect(kindsOf(createNodes({ ...client, engine, connect }))).toEqual([
      ZmtpNode,
      SocketNode,
      ZmtpNode,
      DatagramNode,
    ]);
  });

  it.each(['router', 'pub', 'sub'] as const)('all addresses of a %s', (socket) => {
    const role = socket === 'router' ? 'router' : socket === 'pub' ? 'client' : 'server';
    const nodes = createNodes({ ...server, role, socket, engine, bind: [TCP, 'ipc://path'] });
    expect(kindsOf(nodes)).toEqual([ZmtpNode]);
  });

  it('no inproc:// in one node with others', () => {
    const options = { ...router, engine, bind: [TCP, OTHER] } as const;
    expect(() => createNode(options)).toThrow('is an inproc:// address: the engine net takes');
  });

  it('what it was given: the identity, options and limits', async () => {
    const socketOptions = { maxConnections: 0 };
    expect(() => createNode({ ...server, engine, bind: [TCP], socketOptions })).toThrow(
      'socketOptions.maxConnections',
    );
    const node = createNode({ ...server, engine, bind: [TCP], limits: { maxMessages: 0 } });
    await node.open(new NodeRecorder());
    await expect(node.send([], Buffer.from('me'))).rejects.toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
    });
    node.close();
  });
});

describe('a node', () => {
  it.each([
    ['a client’s DEALER', client, 32],
    ['a server’s ROUTER', server, 32],
    ['a client’s PUB', { ...client, socket: 'pub' }, 1000],
    ['a router’s ROUTER', router, 1000],
  ] as const)('that is %s has a send high-water mark of its own', async (_, options, mark) => {
    expect(await socketOf(options)).toMatchObject({ sendHighWaterMark: mark });
  });

  it('has the identity and the socket options that were given', async () => {
    const socketOptions = { sendHighWaterMark: 7, maxMessageSize: 1000 };
    expect(await socketOf({ ...client, identity: 'me', socketOptions })).toEqual({
      routingId: 'me',
      ...socketOptions,
    });
  });

  it('has the datagram options that were given', () => {
    const datagramOptions = { ttl: 0 };
    expect(() => createNode({ ...server, bind: [UDP], datagramOptions })).toThrow(
      'datagramOptions.ttl',
    );
  });

  it('has the limits that were given, of each kind', async () => {
    for (const bind of [[TCP], [UDP]]) {
      const node = createNode({ ...server, bind, limits: { maxMessages: 0 } });
      await node.open(new NodeRecorder());
      const sending = node.send([Buffer.from('hello')], Buffer.from('127.0.0.1:9'));
      await expect(sending).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED' });
      node.close();
    }
  });
});

describe('a udp:// address', () => {
  it.each([
    ['server', 'dealer', { connect: [REMOTE, REMOTE_UDP] }],
    ['server', 'sub', { connect: [REMOTE_UDP] }],
    ['server', 'sub', { bind: [TCP, UDP] }],
  ] as const)('is refused by a %s on %s', (role, socket, addresses) => {
    expect(() => createNodes({ ...server, role, socket, ...addresses })).toThrow(
      new RegExp(
        `^socket type not allowed: 'udp://.*' is for requests and events on a bound server; ` +
          `${socket.toUpperCase()} takes`,
      ),
    );
  });

  it.each([
    ['client', 'pub', { connect: [REMOTE, REMOTE_UDP] }],
    ['client', 'pub', { bind: [UDP] }],
    ['router', 'router', { bind: [UDP] }],
  ] as const)('is refused by a %s on %s, which is for ZeroMQ alone', (role, socket, addresses) => {
    expect(() => createNodes({ ...client, role, socket, ...addresses })).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining('is a UDP address'),
      }),
    );
  });
});

it('refuses what is no address', () => {
  expect(() => createNodes({ ...server, bind: ['nonsense'] })).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
  );
});
