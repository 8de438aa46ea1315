import type { RemoteClient } from 'nestjs-remote';
import { expect, it } from 'vitest';
import type { Publisher } from 'zeromq';
import { createClient, startService } from '../support/nest.js';
import { CalculatorController } from './calculator.controller.js';
import { describePython, type PythonPeer } from './python-peer.js';
import { ANYWHERE, fromHex, startPeer, toHex } from './start-peer.js';

describePython('Events that Python publishes', () => {
  it.each(['Python', 'Nest'])('reach a Nest subscriber, where %s binds', async (binding) => {
    const { publish, notes } = await startNestSubscriber(binding === 'Python');

    await publish('note', [1, 'two']);
    await publish('note', []);

    await expect.poll(notes).toEqual([[1, 'two'], []]);
  });

  it('reach the handlers of their method, whatever their topic is', async () => {
    const { publish, notes } = await startNestSubscriber(true, ['topic', 'note']);

    await publish('note', [1], 'topic-x');
    await publish('log.info', [2], 'topic');

    await expect.poll(notes).toEqual([[1], ['log.info', 2]]);
  });

  it('reach a handler of a prefix', async () => {
    const { publish, notes } = await startNestSubscriber(true);

    await publish('log.info', ['text']);
    await publish('log.error.fatal', []);

    await expect.poll(notes).toEqual([['log.info', 'text'], ['log.error.fatal']]);
  });

  it('stay with the publisher, or are dropped, where nothing handles them', async () => {
    const { publish, notes } = await startNestSubscriber(true);

    await publish('other', [1]);
    await publish('notebook', [2]); // The topic note is its prefix.
    await publish('note', [3]);

    await expect.poll(notes).toEqual([[3]]);
  });
});

describePython('Events that a Nest client publishes', () => {
  it.each(['Python', 'Nest'])('reach a Python subscriber, where %s binds', async (binding) => {
    const { client, nextEvent } = await startPythonSubscriber(binding === 'Python');

    await client.notify['info'](1, 'two');
    client.emit('info', { three: 3 });
    client.emit({ cmd: 'info' }, 4);

    expect(await nextEvent()).toEqual({ method: 'info', args: [1, 'two'], topic: 'info' });
    expect(await nextEvent()).toEqual({ method: 'info', args: [{ three: 3 }], topic: 'info' });
    expect(await nextEvent()).toEqual({
      method: '{"cmd":"info"}',
      args: [4],
      topic: '{"cmd":"info"}',
    });
  });

  it('have their address for a topic where there is one', async () => {
    const { client, nextEvent } = await startPythonSubscriber(true);

    await client.issueCall('info', [1], { notification: true, address: 'topic-x' });

    expect(await nextEvent()).toEqual({ method: 'info', args: [1], topic: 'topic-x' });
  });

  it('reach only those who subscribed to the beginning of their topic', async () => {
    const topics = ['--topic', 'probe', '--topic', 'in'];
    const { client, nextEvent } = await startPythonSubscriber(true, ...topics);

    client.emit('other', 1);
    client.emit('information', 2);

    expect(await nextEvent()).toMatchObject({ method: 'information', args: [2] });
  });

  it('may have metadata, which Python ignores', async () => {
    const { client, nextEvent } = await startPythonSubscriber(true);

    await client.issueCall('info', [1], { notification: true, metadata: { tenant: 'a' } });

    expect(await nextEvent()).toMatchObject({ method: 'info', args: [1] });
  });
});

async function startNestSubscriber(pythonBinds: boolean, topics?: string[]) {
  const where = (address: string) => (pythonBinds ? { connect: address } : { bind: address });
  const early = pythonBinds ? await startPeer('pub', '--bind', ANYWHERE) : undefined;
  const { app, address } = await startService(
    { controllers: [CalculatorController] },
    { socket: 'sub', ...where(early?.endpoint ?? ANYWHERE), ...(topics && { topics }) },
  );
  const publisher = early ?? (await startPeer('pub', '--connect', address));
  const controller = app.get(CalculatorController);
  const publish = async (method: string, args: unknown[], topic?: string): Promise<void> => {
    await publisher.request({
      op: 'notify',
      method,
      args: toHex(args),
      ...(topic === undefined ? {} : { address: topic }),
    });
  };
  await probe(
    () => publish('note', ['probe']),
    () => controller.notes.length > 0,
  );
  return { publish, notes: () => controller.notes.filter(([first]) => first !== 'probe') };
}

async function startPythonSubscriber(pythonBinds: boolean, ...topics: string[]) {
  const early = pythonBinds ? await startPeer('sub', '--bind', ANYWHERE, ...topics) : undefined;
  const client: RemoteClient = createClient({
    socket: 'pub',
    ...(early ? { connect: early.endpoint } : { bind: ANYWHERE }),
  });
  await client.connect();
  const subscriber = early ?? (await startPeer('sub', '--connect', endpoint(client), ...topics));
  let isHeard = false;
  void subscriber.next().then(() => (isHeard = true));
  await probe(
    () => client.issueCall('probe', [], { notification: true }),
    () => isHeard,
  );
  return { client, nextEvent: () => nextButProbe(subscriber) };
}

/** Publish until it is heard: nothing else shows that a subscription has arrived. */
async function probe(publish: () => Promise<unknown>, isHeard: () => boolean): Promise<void> {
  await expect
    .poll(
      async () => {
        await publish();
        return isHeard();
      },
      { timeout: 10_000 },
    )
    .toBe(true);
}

async function nextButProbe(subscriber: PythonPeer) {
  for (;;) {
    const { event: method, args, topic = '' } = await subscriber.next();
    if (method !== 'probe') {
      return { method, args: fromHex(args), topic: Buffer.from(topic, 'hex').toString() };
    }
  }
}

/** Where a publisher is bound. */
function endpoint(client: RemoteClient): string {
  const [socket] = client.unwrap<Publisher[]>();
  return socket?.lastEndpoint ?? '';
}
