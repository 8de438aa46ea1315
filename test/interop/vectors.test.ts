import { firstValueFrom } from 'rxjs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Router, Subscriber, XPublisher } from 'zeromq';
import type { RemoteClient, RemoteClientOptions } from 'nestjs-remote';
import { RequestTracker } from '../../lib/client/calls/request-tracker.js';
import { createClient, startService } from '../support/nest.js';
import { readByCbor2 } from '../cbor/cbor2.js';
import {
  type CallVector,
  fromNotation,
  isFiniteThroughout,
  vectors,
} from '../cbor/vector-values.js';
import { CalculatorController } from './calculator.controller.js';
import { describePython } from './python-peer.js';

const WHOLE_FLOAT = 'JavaScript does not tell a whole float from an integer';
const DATE = 'Python writes a datetime as tag 0, we write a Date as tag 1';

/** The requests whose arguments JavaScript cannot express. */
const INEXPRESSIBLE: Readonly<Record<string, string>> = {
  'float_0.0': WHOLE_FLOAT,
  gamepad: WHOLE_FLOAT,
  undefined: 'undefined outside of objects is null by rule (protocol.md 1.5)',
  datetime_utc: DATE,
  datetime_us: DATE,
};

const isExpressible = ({ name, args }: { name: string; args?: readonly unknown[] }): boolean =>
  INEXPRESSIBLE[name] === undefined || args?.length === 0;

const isFinite = ({ args }: { args: readonly unknown[] }): boolean =>
  isFiniteThroughout(fromNotation(args));

const expressible = vectors.request.filter(isExpressible);
const requests = expressible.filter(isFinite);
const notifications = vectors.notification_dealer.filter(isExpressible);
const publications = vectors.pub.filter(
  (vector): vector is CallVector & { address: string | null } =>
    vector.wire_frames !== undefined && isExpressible(vector),
);

describe('A client on the wire, before a bare ROUTER', () => {
  it('greets it as Python does', async () => {
    const router = await bindRouter();
    const client: RemoteClient = createClient({ connect: endpoint(router), identity: 'client' });
    await client.connect();

    expect(await receive(router)).toEqual([hex('client'), '']);
  });

  it.each(requests)('sends the frames of Python without the extension: $name', async (vector) => {
    const { router, client } = await startClient({ extension: false });

    request(client, vector);

    expect(await receive(router)).toEqual([hex('client'), ...vector.wire_frames]);
  });

  it.each(requests)(
    'sends the same and one map, the header, with the extension: $name',
    async (vector) => {
      const { router, client } = await startClient({ timeout: 0 });

      request(client, vector);

      const [address, payload] = vector.wire_frames;
      expect(await receive(router)).toEqual([hex('client'), address, `${payload}a0`]);
    },
  );

  it.each(notifications)('notifies with the frames of Python: $name', async (vector) => {
    const { method, args, wire_frames: frames } = vector;
    const { router, client } = await startClient({ extension: false });

    const address = Buffer.from(frames[0] ?? '', 'hex');
    const values = fromNotation(args) as unknown[];
    await client.issueCall(method, values, { notification: true, address });

    expect(await receive(router)).toEqual([hex('client'), ...frames]);
  });

  it('sends the byte - for an address where it has none', async () => {
    const router = await bindRouter();
    const client: RemoteClient = createClient({
      connect: endpoint(router),
      identity: 'client',
      extension: false,
    });

    await firstValueFrom(client.emit('estop', {}), { defaultValue: undefined });

    await receive(router);
    expect(await receive(router)).toEqual([hex('client'), '2d', `830265${hex('estop')}81a0`]);
  });
});

describePython('A client on the wire, with a number that is not finite', () => {
  it.each(expressible.filter((vector) => !isFinite(vector)))(
    'sends what is the same to cbor2: $name',
    async (vector) => {
      const { router: one, client } = await startClient({ extension: false });
      const { router: other, client: extended } = await startClient({ timeout: 0 });

      request(client, vector);
      request(extended, vector);

      const [plain, withHeader] = [await receive(one), await receive(other)];
      const [address, payload = ''] = vector.wire_frames;
      expect(plain.slice(0, 2)).toEqual([hex('client'), address]);
      expect(withHeader).toEqual([...plain.slice(0, 2), `${plain[2]}a0`]);
      expect(readByCbor2([plain[2] ?? ''])).toEqual(readByCbor2([payload]));
    },
  );
});

describe('A client that publishes', () => {
  it.each(publications)('sends the frames of Python: $name', async (vector) => {
    const { method, args, address, wire_frames: frames } = vector;
    const { subscriber, client } = await startPublisher(false);

    const values = fromNotation(args) as unknown[];
    await client.issueCall(method, values, {
      notification: true,
      ...(address ? { address: Buffer.from(address, 'hex') } : {}),
    });

    expect(await receive(subscriber)).toEqual(frames);
  });

  it('adds one map, the header, with the extension', async () => {
    const { subscriber, client } = await startPublisher(true);

    await client.notify['tick']();

    expect(await receive(subscriber)).toEqual([hex('tick'), `830264${hex('tick')}80a0`]);
  });

  it('refuses an empty method without an address, as Python does', async () => {
    const { client } = await startPublisher(false);

    await expect(client.issueCall('', [], { notification: true })).rejects.toThrow(
      'must provide an address',
    );
  });
});

describe('A server that subscribes', () => {
  it.each([
    { topics: ['info'], messages: ['01696e666f'] },
    { topics: ['b'], messages: ['0162'] },
    { topics: [''], messages: ['01'] },
    { topics: undefined, messages: [`01${hex('note')}`, `01${hex('log.')}`] },
  ])('asks for $topics as Python does', async ({ topics, messages }) => {
    const publisher = new XPublisher({ linger: 0 });
    onTestFinished(() => publisher.close());
    await publisher.bind('tcp://127.0.0.1:*');
    await startService(
      { controllers: [CalculatorController] },
      { socket: 'sub', connect: endpoint(publisher), ...(topics && { topics }) },
    );

    const seen: string[] = [];
    while (seen.length < messages.length) {
      seen.push(...(await receive(publisher)));
    }

    expect(seen.toSorted()).toEqual(messages.toSorted());
  });
});

/** Calls as a vector says, under its id. Nobody answers. */
function request(client: RemoteClient, { method, args, message_id, wire_frames }: CallVector) {
  vi.spyOn(RequestTracker.prototype, 'nextId').mockReturnValueOnce(message_id ?? NaN);
  onTestFinished(() => void vi.restoreAllMocks());
  const address = Buffer.from(wire_frames[0] ?? '', 'hex');
  const call = client.issueCall(method, fromNotation(args) as unknown[], { address });
  call.catch(() => undefined);
}

async function startClient(options: RemoteClientOptions) {
  const router = await bindRouter();
  const client: RemoteClient = createClient({
    connect: endpoint(router),
    identity: 'client',
    ...options,
  });
  await client.connect();
  await receive(router);
  return { router, client };
}

async function startPublisher(extension: boolean) {
  const subscriber = new Subscriber({ linger: 0 });
  onTestFinished(() => subscriber.close());
  subscriber.subscribe('');
  await subscriber.bind('tcp://127.0.0.1:*');
  const client: RemoteClient = createClient({
    socket: 'pub',
    connect: endpoint(subscriber),
    extension,
  });
  let isHeard = false;
  const first = subscriber.receive().then(() => (isHeard = true));
  await expect
    .poll(() => client.notify['probe']().then(() => isHeard), { timeout: 10_000 })
    .toBe(true);
  await first;
  return { subscriber: { receive: () => nextButProbe(subscriber) }, client };
}

async function nextButProbe(subscriber: Subscriber): Promise<Buffer[]> {
  const frames = await subscriber.receive();
  return frames[0]?.toString() === 'probe' ? nextButProbe(subscriber) : frames;
}

async function bindRouter(): Promise<Router> {
  const router = new Router({ linger: 0 });
  onTestFinished(() => router.close());
  await router.bind('tcp://127.0.0.1:*');
  return router;
}

function endpoint(socket: { readonly lastEndpoint: string | null }): string {
  return socket.lastEndpoint ?? '';
}

async function receive(socket: { receive(): Promise<Buffer[]> }): Promise<string[]> {
  return (await socket.receive()).map((frame) => frame.toString('hex'));
}

function hex(text: string): string {
  return Buffer.from(text).toString('hex');
}
