import { expect, it } from 'vitest';
import { startService } from '../support/nest.js';
import { CalculatorController } from './calculator.controller.js';
import { describePython, type PeerReply, type PythonPeer } from './python-peer.js';
import { fromHex, startPeer, toHex } from './start-peer.js';

/** An original client must name an address; a server that it is connected to ignores which. */
const address = 'whatever';

describePython('A Python client connected to a Nest service', () => {
  it('gets the result', async () => {
    const { call } = await startCalculator();

    expect(await call('echo', { a: [1, 'two', null] })).toMatchObject({
      ok: true,
      type: 'dict',
      repr: "{'a': [1, 'two', None]}",
    });
  });

  it('passes positional arguments to @Arg', async () => {
    const { call } = await startCalculator();

    expect(await call('add', 1, 2)).toMatchObject({ type: 'int', repr: '3' });
  });

  it('passes any number of arguments to @Args', async () => {
    const { call } = await startCalculator();

    expect(await call('args')).toMatchObject({ repr: '[]' });
    expect(await call('args', [1])).toMatchObject({ repr: '[[1]]' });
    expect(await call('args', 1, 'b', null)).toMatchObject({ repr: "[1, 'b', None]" });
  });

  it('passes one argument as the payload, several as an array of them, none as undefined', async () => {
    const { call } = await startCalculator();

    expect(await call('payload', [1])).toMatchObject({ repr: '[1]' });
    expect(await call('payload', 1, 2)).toMatchObject({ repr: '[1, 2]' });
    expect(await call('payload')).toMatchObject({ repr: "'undefined'" });
  });

  it('gets None where the handler returns nothing', async () => {
    const { call } = await startCalculator();

    expect(await call('nothing')).toMatchObject({ ok: true, type: 'NoneType' });
  });

  it('gets the last of several values', async () => {
    const { call } = await startCalculator();

    expect(await call('count')).toMatchObject({ ok: true, repr: '3' });
  });

  it('sends no metadata', async () => {
    const { call } = await startCalculator();

    expect(await call('metadata')).toMatchObject({ repr: "'none'" });
  });

  it.each(['{"cmd":"sum","version":2}', '{"version": 2, "cmd": "sum"}'])(
    'calls the handler of an object pattern by its JSON text: %s',
    async (pattern) => {
      const { call } = await startCalculator();

      expect(await call(pattern, [1, 2, 3])).toMatchObject({ ok: true, repr: '6' });
    },
  );

  it('may have many calls in flight, with responses in any order', async () => {
    const { call } = await startCalculator();
    const numbers = Array.from({ length: 20 }, (_, index) => index);

    const replies = await Promise.all(numbers.map((number) => call('later', number)));

    expect(replies.map(({ result }) => fromHex(result))).toEqual(numbers);
  });

  it.each([0, 23, 24, 255, 256, 65_535, 65_536, 2 ** 31, 2 ** 32 - 1])(
    'gets its answer under any request id: %d',
    async (id) => {
      const { client } = await startCalculator();

      const reply = await client.request({
        op: 'call',
        address,
        method: 'add',
        args: toHex([1, 2]),
        request_id: id,
      });

      expect(reply).toMatchObject({ ok: true, repr: '3' });
    },
  );

  it('notifies event handlers, in order', async () => {
    const { client, controller } = await startCalculator();

    await notify(client, 'note');
    await notify(client, 'note', 1, 'two', { three: 3 });
    await notify(client, 'log.info', 'text');

    await expect
      .poll(() => controller.notes)
      .toEqual([[], [1, 'two', { three: 3 }], ['log.info', 'text']]);
  });

  it('is not bothered by headers: it logs nothing', async () => {
    const { call, client } = await startCalculator();

    await call('add', 1, 2);
    await call('rpc-exception');
    await client.stop();

    expect(client.stderr).toBe('');
  });

  it('gets the same responses from a server without the extension', async () => {
    const { call } = await startCalculator(false);

    expect(await call('add', 1, 2)).toMatchObject({ ok: true, repr: '3' });
    expect(await call('nothing')).toMatchObject({ ok: true, type: 'NoneType' });
    expect(await call('rpc-exception')).toMatchObject({ ok: false, message: 'no funds' });
  });
});

async function startCalculator(extension = true) {
  const service = await startService(
    { controllers: [CalculatorController] },
    { bind: 'tcp://127.0.0.1:*', extension },
  );
  const client = await startPeer('client', '--connect', service.address);
  const call = (method: string, ...args: unknown[]): Promise<PeerReply> =>
    client.request({ op: 'call', address, method, args: toHex(args) });
  return { client, call, controller: service.app.get(CalculatorController) };
}

async function notify(client: PythonPeer, method: string, ...args: unknown[]): Promise<void> {
  await client.request({ op: 'notify', address, method, args: toHex(args) });
}
