import type { RemoteClient } from 'nestjs-remote';
import { firstValueFrom } from 'rxjs';
import { expect, it } from 'vitest';
import { createClient, startService } from '../support/nest.js';
import { CalculatorController } from './calculator.controller.js';
import { describePython, type PythonPeer } from './python-peer.js';
import { ANYWHERE, startPeer, toHex } from './start-peer.js';

describePython('A Nest service behind a Python router', () => {
  it('responds to a Python client', async () => {
    const { router } = await startCalculator();
    const client = await startPeer('client', '--connect', router.frontend);

    const sum = { op: 'call', address: 'svc', method: 'add', args: toHex([1, 2]) } as const;

    expect(await client.request(sum)).toMatchObject({ ok: true, type: 'int', repr: '3' });
  });

  it('sends errors to a Python client', async () => {
    const { router } = await startCalculator();
    const client = await startPeer('client', '--connect', router.frontend);

    const call = { op: 'call', address: 'svc', method: 'rpc-exception' } as const;

    expect(await client.request(call)).toMatchObject({
      ok: false,
      type: 'RemoteCallError',
      message: 'no funds',
    });
  });

  it('takes events of a Python client', async () => {
    const { router, controller } = await startCalculator();
    const client = await startPeer('client', '--connect', router.frontend);

    await client.request({ op: 'notify', address: 'svc', method: 'note', args: toHex([1, 2]) });

    await expect.poll(() => controller.notes).toEqual([[1, 2]]);
  });

  it('responds to a Nest client', async () => {
    const { router } = await startCalculator();
    const client: RemoteClient = createClient({ connect: router.frontend, address: 'svc' });

    expect(await client.call.add(1, 2)).toBe(3);
    expect(await firstValueFrom(client.send('echo', { a: [1] }))).toEqual({ a: [1] });
  });

  it('gets the headers of a Nest client, and its responses have theirs', async () => {
    const { router } = await startCalculator();
    const client: RemoteClient = createClient({ connect: router.frontend, address: 'svc' });

    const metadata = await client.issueCall('metadata', [], { metadata: { tenant: 'a' } });

    expect(metadata).toEqual({ tenant: 'a' });
    // The code and the bare text travel in headers; base peers get an object.
    await expect(client.call.nope()).rejects.toMatchObject({ code: 'UNIMPLEMENTED' });
    await expect(firstValueFrom(client.send('nope', 1))).rejects.toBe(
      'There is no matching message handler defined in the remote service.',
    );
  });

  it('responds to clients of both kinds at the same time', async () => {
    const { router } = await startCalculator();
    const python = await startPeer('client', '--connect', router.frontend);
    const nest: RemoteClient = createClient({ connect: router.frontend, address: 'svc' });
    const numbers = Array.from({ length: 20 }, (_, index) => index);

    const [replies, results] = await Promise.all([
      Promise.all(
        numbers.map((number) =>
          python.request({ op: 'call', address: 'svc', method: 'echo', args: toHex([number]) }),
        ),
      ),
      Promise.all(numbers.map((number) => nest.call.echo(number) as Promise<number>)),
    ]);

    expect(replies.map(({ repr }) => repr)).toEqual(numbers.map(String));
    expect(results).toEqual(numbers);
  });

  it('stands beside a Python service, and one client calls both', async () => {
    const { router } = await startCalculator();
    await startPeer('service', '--connect', router.backend, '--identity', 'python');
    expect(await router.next()).toMatchObject({ event: 'greeting', identity: hex('python') });
    const client: RemoteClient = createClient({ connect: router.frontend });

    expect(await client.issueCall('add', [1, 2], { address: 'svc' })).toBe(3);
    expect(await client.issueCall('add', [3, 4], { address: 'python' })).toBe(7);
    expect(await client.issueCall('add', [5, 6], { address: 'svc' })).toBe(11);
  });

  it('that is not there lets a call time out, and the router goes on', async () => {
    const { router } = await startCalculator();
    const client: RemoteClient = createClient({ connect: router.frontend });

    const lost = client.issueCall('add', [1, 2], { address: 'nobody', timeout: 200 });

    await expect(lost).rejects.toMatchObject({ origin: 'local', code: 'DEADLINE_EXCEEDED' });
    expect(await client.issueCall('add', [1, 2], { address: 'svc' })).toBe(3);
  });
});

async function startCalculator() {
  const router = await startPeer('router', '--frontend', ANYWHERE, '--backend', ANYWHERE);
  const service = await startService(
    { controllers: [CalculatorController] },
    { connect: router.backend, identity: 'svc' },
  );
  await greeting(router, 'svc');
  return { router, controller: service.app.get(CalculatorController) };
}

/** Wait until the router knows a service. */
async function greeting(router: PythonPeer, identity: string): Promise<void> {
  expect(await router.next()).toEqual({
    event: 'greeting',
    side: 'backend',
    identity: hex(identity),
  });
}

function hex(text: string): string {
  return Buffer.from(text).toString('hex');
}
