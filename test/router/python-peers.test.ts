import { expect, it } from 'vitest';
import { CalculatorController } from '../interop/calculator.controller.js';
import { describePython, type PythonPeer } from '../interop/python-peer.js';
import { fromHex, startPeer, toHex } from '../interop/start-peer.js';
import { createClient, startService } from '../support/nest.js';
import { type RunningRouter, startRouter } from './peers.js';

describePython('Behind a router of ours', () => {
  it('a Python client calls a Python service', async () => {
    const running = await startRouter();
    await startPython(running, 'svc');
    const client = await startPeer('client', '--connect', running.frontend);

    expect(await add(client, 'svc', 1, 2)).toBe(3);
  });

  it('a Python client calls a Nest service', async () => {
    const running = await startRouter();
    await startNest(running, 'svc');
    const client = await startPeer('client', '--connect', running.frontend);

    expect(await add(client, 'svc', 3, 4)).toBe(7);
  });

  it('a Nest client calls a Python service', async () => {
    const running = await startRouter();
    await startPython(running, 'svc');
    const client = createClient({ connect: running.frontend, address: 'svc' });

    expect(await client.call.add(5, 6)).toBe(11);
  });

  it('both kinds of clients call both kinds of services at the same time', async () => {
    const running = await startRouter();
    await startPython(running, 'python');
    await startNest(running, 'nest');
    const python = await startPeer('client', '--connect', running.frontend);
    const nest = createClient({ connect: running.frontend });
    const numbers = Array.from({ length: 50 }, (_, index) => index);
    const addressOf = (number: number): string => (number % 2 === 0 ? 'python' : 'nest');

    const results = await Promise.all(
      numbers.flatMap((number) => [
        add(python, addressOf(number), number, 1),
        nest.issueCall('add', [number, 1], { address: addressOf(number) }),
      ]),
    );

    expect(results).toEqual(numbers.flatMap((number) => [number + 1, number + 1]));
  });

  it('events of a Python client reach a Nest service', async () => {
    const running = await startRouter();
    const controller = await startNest(running, 'svc');
    const client = await startPeer('client', '--connect', running.frontend);

    await client.request({ op: 'notify', address: 'svc', method: 'note', args: toHex([1, 2]) });

    await expect.poll(() => controller.notes).toEqual([[1, 2]]);
  });

  it('a Python client never gets an undeliverable message back, and times out', async () => {
    const running = await startRouter();
    await startPython(running, 'svc');
    const client = await startPeer('client', '--connect', running.frontend);

    const lost = await client.request({
      op: 'call',
      address: 'nobody',
      method: 'add',
      args: toHex([1, 2]),
      timeout: 0.1,
    });

    expect(lost.ok).toBe(false);
    expect(running.router.counts).toMatchObject({
      bounced: 0,
      dropped: new Map([['recipient unreachable', 1]]),
    });
    expect(await add(client, 'svc', 1, 2)).toBe(3);
  });

  it('a Python service that is killed is missed at once, and found again when it is back', async () => {
    const running = await startRouter();
    const service = await startPython(running, 'svc');
    const client = createClient({ connect: running.frontend, address: 'svc', timeout: 0 });
    expect(await client.call.add(1, 2)).toBe(3);

    const before = arrivals(running, 'svc');
    await service.kill();
    await expect.poll(() => arrivals(running, 'svc')).toBeGreaterThan(before);
    await expect(client.call.add(1, 2)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await startPython(running, 'svc');

    expect(await client.call.add(1, 2)).toBe(3);
  });

  it('a Nest service takes the identity of a Python service over', async () => {
    const running = await startRouter();
    await startPython(running, 'svc');
    const client = createClient({ connect: running.frontend, address: 'svc' });
    expect(await client.call.add(1, 2)).toBe(3);

    const controller = await startNest(running, 'svc');

    expect(await client.call.add(3, 4)).toBe(7);
    await client.notify.note('nest');
    await expect.poll(() => controller.notes).toEqual([['nest']]);
  });
});

async function startPython(running: RunningRouter, identity: string): Promise<PythonPeer> {
  const before = arrivals(running, identity);
  const peer = await startPeer('service', '--connect', running.backend, '--identity', identity);
  await expect.poll(() => arrivals(running, identity)).toBeGreaterThan(before);
  return peer;
}

async function startNest(running: RunningRouter, identity: string) {
  const before = arrivals(running, identity);
  const { app } = await startService(
    { controllers: [CalculatorController] },
    { connect: running.backend, identity },
  );
  await expect.poll(() => arrivals(running, identity)).toBeGreaterThan(before);
  return app.get(CalculatorController);
}

/** How often a service came or went. */
function arrivals({ logs }: RunningRouter, identity: string): number {
  return logs.filter((line) => line.endsWith(`of ${identity} at the backend`)).length;
}

async function add(client: PythonPeer, address: string, a: number, b: number): Promise<unknown> {
  const reply = await client.request({ op: 'call', address, method: 'add', args: toHex([a, b]) });
  return fromHex(reply.result);
}
