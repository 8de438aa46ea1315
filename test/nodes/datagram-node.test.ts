import { describe, expect, it, onTestFinished } from 'vitest';
import { DatagramNode, type DatagramNodeOptions } from '../../lib/nodes/udp/datagram-node.js';
import { describeNode } from './node-contract.js';
import { NodeRecorder, expectSoon, record, sendUntilReceived } from './node-recorder.js';

const hosts = { IPv4: '127.0.0.1', IPv6: '[::1]' };

describe.each(Object.entries(hosts))('a DatagramNode over %s', (_, host) => {
  describeNode(
    'from one connected to one bound',
    () => ({
      server: new DatagramNode({ bind: `udp://${host}:*` }),
      client: ([address = '']) => new DatagramNode({ connect: address }),
    }),
    // What the kernel's default buffer takes in one go.
    { frames: false, largest: 65_507, burst: 100 },
  );
});

async function open(options: DatagramNodeOptions): Promise<[DatagramNode, NodeRecorder]> {
  const node = new DatagramNode(options);
  onTestFinished(() => node.close());
  return [node, await record(node)];
}

describe('the address of a DatagramNode', () => {
  it.each([
    ['another scheme', 'tcp://127.0.0.1:5000'],
    ['no host', 'udp://:5000'],
    ['no port', 'udp://127.0.0.1'],
    ['no address at all', 'gamepad'],
  ])('is refused with %s', (_, address) => {
    expect(() => DatagramNode.fromAddress(address)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });

  it('needs a port to connect to', () => {
    expect(() => DatagramNode.fromAddress('udp://127.0.0.1:*', { bind: false })).toThrow(
      /names no port/,
    );
  });

  it('is the sender of what arrives', async () => {
    const [server, atServer] = await open({ bind: 'udp://127.0.0.1:*' });
    const [client] = await open({ connect: server.addresses[0] ?? '' });
    await client.send([Buffer.from('hello')]);
    await expectSoon(() => atServer.texts.length).toBe(1);
    const [socket] = client.sockets;
    expect(atServer.texts[0]?.address).toBe(`127.0.0.1:${socket?.address().port}`);
  });

  it('that is taken is named when it cannot be bound', async () => {
    const [server] = await open({ bind: 'udp://127.0.0.1:*' });
    const [address = ''] = server.addresses;
    await expect(open({ bind: address })).rejects.toMatchObject({
      message: expect.stringContaining(address),
      context: { errno: 'EADDRINUSE' },
    });
  });
});

describe('a DatagramNode', () => {
  it('sends each frame as a datagram of its own', async () => {
    const [server, atServer] = await open({ bind: 'udp://127.0.0.1:*' });
    const [client] = await open({ connect: server.addresses[0] ?? '' });
    await client.send([Buffer.from('1'), Buffer.from('2')]);
    await expectSoon(() => atServer.payloads).toEqual(['1', '2']);
    expect(client.sendCount).toBe(1);
  });

  it('refuses what no datagram has room for', async () => {
    const [server] = await open({ bind: 'udp://127.0.0.1:*' });
    const [client] = await open({ connect: server.addresses[0] ?? '' });
    await expect(client.send([Buffer.alloc(65_508)])).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });

  it('leaves no message without an end that is on its way when it is closed', async () => {
    const [server, atServer] = await open({ bind: 'udp://127.0.0.1:*' });
    const [client] = await open({ connect: server.addresses[0] ?? '' });
    await sendUntilReceived((text) => client.send([Buffer.from(text)]), atServer);
    const sending = server.send([Buffer.from('bye')], atServer.messages[0]?.address);
    // Runs right after the queue has handed the message over.
    process.nextTick(() => server.close());
    await expect(sending).resolves.toBeUndefined();
  });

  it('sends to a name', async () => {
    const [server, atServer] = await open({ bind: 'udp://127.0.0.1:*' });
    const [other] = await open({ bind: 'udp://127.0.0.1:*' });
    const address = (server.addresses[0] ?? '').replace('udp://127.0.0.1', 'localhost');
    await expectSoon(async () => {
      await other.send([Buffer.from('hello')], Buffer.from(address));
      return atServer.payloads;
    }).toContain('hello');
  });

  it('takes its link down and up again where nobody listens', async () => {
    const [server] = await open({ bind: 'udp://127.0.0.1:*' });
    const [address = ''] = server.addresses;
    server.close();
    const [client, atClient] = await open({ connect: address });
    await client.send([Buffer.from('anyone?')]).catch(() => undefined);
    await expectSoon(() => atClient.links).toEqual(['up', 'down', 'up']);
  });

  it('opens its socket again when it breaks, and says so', async () => {
    const [server, atServer] = await open({ bind: 'udp://127.0.0.1:*' });
    server.sockets[0]?.emit('error', new Error('broken'));
    await expectSoon(() => server.closed).toBe(false);
    expect(atServer.errors.map(({ message }) => message)).toEqual(['node transport reopened']);
  });

  it('opens its socket again at the port that it had', async () => {
    const [server, atServer] = await open({ bind: 'udp://127.0.0.1:*' });
    const addresses = [...server.addresses];
    server.sockets[0]?.emit('error', new Error('broken'));
    await expectSoon(() => atServer.links).toEqual(['up', 'down', 'up']);
    expect(server.addresses).toEqual(addresses);
  });

  it('can be closed after the application has closed its socket', async () => {
    const [server] = await open({ bind: 'udp://127.0.0.1:*' });
    server.sockets[0]?.close();
    expect(() => server.close()).not.toThrow();
    await server.open(new NodeRecorder());
    expect(server.addresses).toHaveLength(1);
  });

  it('reaches every member of a multicast group', async () => {
    const multicastInterface = '127.0.0.1';
    const datagramOptions = { multicastInterface };
    const [one, atOne] = await open({ bind: 'udp://239.255.77.1:*', datagramOptions });
    const group = one.addresses[0] ?? '';
    const [, atOther] = await open({ bind: group, datagramOptions });
    const [sender] = await open({ connect: group, datagramOptions });
    const send = (text: string): Promise<void> => sender.send([Buffer.from(text)]);
    await sendUntilReceived(send, atOne);
    await sendUntilReceived(send, atOther);
    expect(sender.isMulticast).toBe(true);
  });

  it.each([
    ['an unknown option', { speed: 1 }, /datagramOptions\.speed: 1 cannot be used/],
    [
      'a value of another type',
      { ttl: 'far' },
      /datagramOptions\.ttl: "far".*give a whole number from 1 to 255/,
    ],
  ])('refuses %s', (_, datagramOptions, message) => {
    expect(
      () =>
        new DatagramNode({ bind: 'udp://127.0.0.1:*', datagramOptions: datagramOptions as object }),
    ).toThrow(message);
  });

  it('refuses an option that the system refuses, when it is opened', async () => {
    const datagramOptions = { multicastInterface: '192.0.2.1' };
    const node = new DatagramNode({ bind: 'udp://127.0.0.1:*', datagramOptions });
    await expect(node.open(new NodeRecorder())).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      context: { option: 'datagramOptions.multicastInterface' },
    });
  });

  it('sets the options that it was given', async () => {
    const [node] = await open({
      bind: 'udp://127.0.0.1:*',
      datagramOptions: { recvBufferSize: 65_536, sendBufferSize: 32_768 },
    });
    const [socket] = node.sockets;
    // Linux doubles what it is asked for.
    expect([65_536, 131_072]).toContain(socket?.getRecvBufferSize());
    expect([32_768, 65_536]).toContain(socket?.getSendBufferSize());
  });
});
