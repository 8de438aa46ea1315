import { RemoteCallError, type RemoteClient } from 'nestjs-remote';
import { firstValueFrom } from 'rxjs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { RequestTracker } from '../../lib/client/calls/request-tracker.js';
import { vectors } from '../cbor/vector-values.js';
import { createClient, startService } from '../support/nest.js';
import { RawDatagrams } from '../udp/raw-datagrams.js';
import { CalculatorController } from './calculator.controller.js';
import { describePython } from './python-peer.js';
import { fromHex, startPeer, toHex } from './start-peer.js';

const ANYWHERE = 'udp://127.0.0.1:0';

describePython('A Python client over UDP', () => {
  it('calls a Nest service', async () => {
    const { call } = await startPythonClient();

    expect(await call('add', 1, 2)).toMatchObject({ ok: true, repr: '3' });
    expect(await call('args')).toMatchObject({ ok: true, repr: '[]' });
    expect(await call('nothing')).toMatchObject({ ok: true, repr: 'None' });
  });

  it.each(['u64', 'bytes', 'text_utf8', 'nan', 'dict_order'])(
    'gets a value back as the Nest service took it: %s',
    async (name) => {
      const { client } = await startPythonClient();

      const reply = await client.request({ op: 'call_value', method: 'echo', name });

      expect(reply).toMatchObject({ ok: true, equal: true });
    },
  );

  it('sees errors with their context', async () => {
    const { call } = await startPythonClient();

    const refused = await call('rpc-exception-object');
    expect(refused).toMatchObject({ ok: false, type: 'RemoteCallError', message: 'no funds' });
    expect(fromHex(refused.context)).toEqual({ balance: 5, currency: 'EUR' });
    const unknown = await call('nope');
    expect(unknown).toMatchObject({ ok: false, message: expect.stringContaining('no matching') });
    expect(fromHex(unknown.context)).toEqual({ method: 'nope' });
  });

  it('notifies a Nest service', async () => {
    const { client, controller } = await startPythonClient();

    await client.request({ op: 'notify', method: 'note', args: toHex([1, 'two']) });

    await expect.poll(() => controller.notes).toEqual([[1, 'two']]);
  });
});

describePython('A Python service over UDP', () => {
  it.each([true, false])('responds to a Nest client, extension: %s', async (extension) => {
    const service = await startPeer('service', '--bind', ANYWHERE);
    const client: RemoteClient = createClient({ connect: service.endpoint, extension });

    expect(await client.call.add(1, 2)).toBe(3);
    expect(await firstValueFrom(client.send('echo', [1, 2]))).toEqual([1, 2]);
    expect(await client.call.none()).toBeNull();
    expect(await client.call.echo(2n ** 64n - 1n)).toBe(2n ** 64n - 1n);
    expect(await client.call.echo(Buffer.from('bytes'))).toEqual(Buffer.from('bytes'));
  });

  it('says what went wrong', async () => {
    const service = await startPeer('service', '--bind', ANYWHERE);
    const client: RemoteClient = createClient(service.endpoint);

    await expect(firstValueFrom(client.send('nope', 1))).rejects.toStrictEqual({
      message: 'no such method exists',
      method: 'nope',
    });
    const error: unknown = await client.call.fail().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RemoteCallError);
    expect(error).toMatchObject({ message: 'method produced an error', origin: 'remote' });
  });

  it('takes events, in order', async () => {
    const service = await startPeer('service', '--bind', ANYWHERE);
    const client: RemoteClient = createClient(service.endpoint);

    await client.notify.note(1, 'two');
    await client.notify.note();

    const notes = [await service.next(), await service.next()];
    expect(notes.map(({ args }) => fromHex(args))).toEqual([[1, 'two'], []]);
  });

  it('that ends is noticed at once, and found again at its port', async () => {
    const service = await startPeer('service', '--bind', ANYWHERE);
    const client: RemoteClient = createClient({ connect: service.endpoint, timeout: 0 });
    expect(await client.call.add(1, 2)).toBe(3);

    await service.stop();
    await expect(client.call.add(1, 2)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await startPeer('service', '--bind', service.endpoint);

    expect(await client.call.add(1, 2)).toBe(3);
  });
});

describe('A client over UDP sends the datagram of Python', () => {
  it('for a notification', async () => {
    const { receiver, client } = await startClient();
    const gamepad = { '0': { lx: 0.5, btn: 5 } };

    await client.notify['update_gamepads'](gamepad);

    await expect.poll(() => receiver.received.length).toBe(1);
    expect(receiver.received[0]?.datagram.toString('hex')).toBe(datagram('notification'));
  });

  it('for a request', async () => {
    const { receiver, client } = await startClient();
    vi.spyOn(RequestTracker.prototype, 'nextId').mockReturnValueOnce(7);
    onTestFinished(() => void vi.restoreAllMocks());

    client.call['add'](1, 2).catch(() => undefined);

    await expect.poll(() => receiver.received.length).toBe(1);
    expect(receiver.received[0]?.datagram.toString('hex')).toBe(datagram('request'));
  });
});

it("A service over UDP responds to Python's request with the bytes that Python expects", async () => {
  const { address } = await startService(
    { controllers: [CalculatorController] },
    { bind: ANYWHERE, extension: false },
  );
  const caller = await RawDatagrams.bind();

  await caller.send(Buffer.from(datagram('request'), 'hex'), address);

  await expect.poll(() => caller.received.length).toBe(1);
  expect(caller.received[0]?.datagram.toString('hex')).toBe('840107f603');
});

function datagram(name: string): string {
  return vectors.udp.find((vector) => vector.name === name)?.datagram ?? '';
}

async function startClient() {
  const receiver = await RawDatagrams.bind();
  const client: RemoteClient = createClient({ connect: receiver.address, extension: false });
  return { receiver, client };
}

async function startPythonClient() {
  const { app, address } = await startService(
    { controllers: [CalculatorController] },
    { bind: ANYWHERE },
  );
  const client = await startPeer('client', '--connect', address);
  const call = (method: string, ...args: unknown[]) =>
    client.request({ op: 'call', method, args: toHex(args) });
  return { client, call, controller: app.get(CalculatorController) };
}
