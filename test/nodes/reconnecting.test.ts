import { once } from 'node:events';
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { HAS_IPV6 } from '../support/names.js';
import { expectSoon } from './node-recorder.js';
import { openProjectNode as open, projectNode } from './project-node.js';

/** What a peer says first, with the mechanism that it has. */
function greeting(mechanism: string): Buffer {
  return Buffer.concat([
    Buffer.from('ff00000000000000017f0301', 'hex'),
    Buffer.from(mechanism.padEnd(20, '\0')),
    Buffer.alloc(32),
  ]);
}

const GREETING = greeting('NULL');

/** A peer that is no server of ZeroMQ. */
interface Stranger {
  address: string;
  accepted: () => number;
  leave: () => Promise<void>;
}

/** Accepts connections at a port, and treats them as it is told. */
async function stranger(treat: (socket: Socket) => void): Promise<Stranger> {
  const sockets: Socket[] = [];
  const server: Server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    treat(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const leave = async (): Promise<void> => {
    if (server.listening) {
      sockets.forEach((socket) => socket.destroy());
      server.close();
      await once(server, 'close');
    }
  };
  onTestFinished(leave);
  const { port } = server.address() as AddressInfo;
  return { address: `tcp://127.0.0.1:${port}`, accepted: () => sockets.length, leave };
}

const dealer = (address: string, socketOptions = {}): ReturnType<typeof open> =>
  open({ type: 'dealer', connect: [address], socketOptions });

const KINDS: readonly (readonly [string, (socket: Socket) => void])[] = [
  ['hangs up at once', (socket) => socket.destroy()],
  ['says nothing', () => undefined],
  ['responds with a page of HTTP', (socket) => socket.write(`HTTP/1.1 502 Bad${' '.repeat(200)}`)],
  [
    'speaks ZMTP wrongly',
    (socket) => socket.write(Buffer.concat([GREETING, Buffer.from('04ff0505050505', 'hex')])),
  ],
  [
    'refuses the handshake',
    (socket) =>
      socket.write(Buffer.concat([GREETING, Buffer.from('040a054552524f5203343030', 'hex')])),
  ],
];

describe.each(KINDS)('a peer that %s', (_, treat) => {
  it.each(['dealer', 'sub', 'pub'] as const)('does not keep a %s from its server', async (type) => {
    const before = await stranger(treat);
    const { node } = await open({ type, connect: [before.address] });
    await expectSoon(before.accepted).toBeGreaterThan(0);
    await before.leave();
    const other = ({ dealer: 'router', sub: 'pub', pub: 'sub' } as const)[type];
    const server = await open({ type: other, bind: [before.address] });
    const [sender, receiver] = type === 'sub' ? [server.node, node] : [node, server.node];
    await expectSoon(async () => {
      await sender.send([Buffer.from('hello')], Buffer.from('-')).catch(() => undefined);
      return receiver.receiveCount;
    }).toBeGreaterThan(0);
  });
});

describe('a peer that hangs up at once', () => {
  it('is reported once, however often it is tried', async () => {
    const { address, accepted } = await stranger((socket) => socket.destroy());
    const { at } = await dealer(address);
    await expectSoon(accepted).toBeGreaterThan(5);
    expect(at.errors).toMatchObject([
      { code: 'UNAVAILABLE', message: expect.stringContaining(address), context: { address } },
    ]);
  });

  it('is tried at the intervals that were given', async () => {
    const { address, accepted } = await stranger((socket) => socket.destroy());
    await dealer(address, { reconnectInterval: 1, reconnectMaxInterval: 1 });
    await expectSoon(accepted).toBeGreaterThan(50);
  });
});

describe('a peer that neither accepts nor refuses the handshake', () => {
  it.each<[string, (socket: Socket) => void]>([
    ['because it says nothing', () => undefined],
    // libzmq takes it for a peer of its first version, and waits for ever.
    ['because it speaks something else', (socket) => socket.write(`HTTP/1.1 ${' '.repeat(200)}`)],
  ])('%s, is given up and tried again', async (_, treat) => {
    const { address, accepted } = await stranger(treat);
    await dealer(address, { connectTimeout: 20, handshakeInterval: 20 });
    await expectSoon(accepted).toBeGreaterThan(2);
  });
});

describe('a handshake that fails', () => {
  it('is UNAUTHENTICATED where the peer said so', async () => {
    const [, treat] = KINDS.at(-1)!;
    const { address } = await stranger(treat);
    const { at } = await dealer(address);
    await expectSoon(() => at.errors[0]?.code).toBe('UNAUTHENTICATED');
  });

  it('is UNAUTHENTICATED where the peer has another security mechanism', async () => {
    const { address } = await stranger((socket) => socket.write(greeting('CURVE')));
    const { at } = await dealer(address);
    await expectSoon(() => at.errors[0]?.code).toBe('UNAUTHENTICATED');
    expect(at.errors[0]?.message).toContain('security mechanism');
  });
});

describe('an attempt that fails', () => {
  it('is reported, whether somebody is there or not', async () => {
    const { address, accepted, leave } = await stranger((socket) => socket.destroy());
    const node = projectNode({ type: 'dealer', connect: [address] });
    let failures = 0;
    await node.open({ message: () => undefined, unreachable: () => failures++ });
    await expectSoon(() => failures).toBeGreaterThan(1);
    expect(accepted()).toBeGreaterThan(1);
    await leave();
    const before = failures;
    await expectSoon(() => failures).toBeGreaterThan(before + 1);
  });
});

describe('a connection', () => {
  it.each([
    'tcp://localhost:*',
    ...(HAS_IPV6 ? ['tcp://[::1]:*'] : []),
    ...(process.platform === 'linux' ? ['ipc://@nestjs-remote-reconnecting'] : []),
  ])('to %s is known by its address, and restored', async (bind) => {
    const { node: server } = await open({ type: 'router', bind: [bind] });
    const [bound = ''] = server.addresses;
    const { at } = await dealer(bind.replace('*', bound.split(':').at(-1) ?? ''));
    await expectSoon(() => at.links).toEqual(['up']);
    server.close();
    await expectSoon(() => at.links).toEqual(['up', 'down']);
    await open({ type: 'router', bind: [bound] });
    await expectSoon(() => at.links).toEqual(['up', 'down', 'up']);
  });
});

describe('an interval', () => {
  it.each(['reconnectInterval', 'reconnectMaxInterval'])('%s is at least 1 ms', (name) => {
    const create = (): unknown =>
      projectNode({
        type: 'dealer',
        connect: ['tcp://127.0.0.1:9'],
        socketOptions: { [name]: -1 },
      });
    expect(create).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: expect.stringMatching(
          new RegExp(`${name}: -1 .*give (milliseconds|a whole number) from 1`),
        ),
      }),
    );
  });
});
