import { firstValueFrom } from 'rxjs';
import { RemoteRecordBuilder } from 'nestjs-remote';
import { describe, expect, it } from 'vitest';
import { CalculatorController } from '../interop/calculator.controller.js';
import { hang, listen } from '../robustness/plain-service.js';
import { createClient, startService } from '../support/nest.js';
import { type RunningRouter, startRouter } from './peers.js';

describe('A Nest client behind a router', () => {
  it('gets the responses of a Nest service', async () => {
    const running = await startRouter();
    await startCalculator(running, 'svc');
    const client = createClient({ connect: running.frontend, address: 'svc' });

    expect(await client.call.add(1, 2)).toBe(3);
    expect(await firstValueFrom(client.send('echo', { a: [1n, Buffer.from('x')] }))).toEqual({
      a: [1, Buffer.from('x')],
    });
  });

  it('gets the errors of a Nest service with their codes', async () => {
    const running = await startRouter();
    await startCalculator(running, 'svc');
    const client = createClient({ connect: running.frontend, address: 'svc' });

    await expect(client.call.nope()).rejects.toMatchObject({
      origin: 'remote',
      code: 'UNIMPLEMENTED',
    });
    await expect(firstValueFrom(client.send('rpc-exception', 1))).rejects.toEqual({
      status: 'error',
      message: 'no funds',
    });
  });

  it('sends metadata and its timeout to a Nest service', async () => {
    const running = await startRouter();
    await startCalculator(running, 'svc');
    let deadline: Date | undefined;
    await serve(running, 'other', async (_: unknown, context: { getDeadline(): Date }) => {
      deadline = context.getDeadline();
      return Promise.resolve();
    });
    const client = createClient({ connect: running.frontend, address: 'svc' });

    const metadata = await client.issueCall('metadata', [], { metadata: { tenant: 'a' } });
    expect(metadata).toEqual({ tenant: 'a' });
    await client.issueCall('run', [], { address: 'other', timeout: 20_000 });
    expect(deadline?.getTime()).toBeLessThanOrEqual(Date.now() + 20_000);
  });

  it('gets an error when a service does not respond in time, and goes on', async () => {
    const running = await startRouter();
    await startCalculator(running, 'svc');
    await serve(running, 'slow', hang);
    const client = createClient({ connect: running.frontend, address: 'svc' });

    await expect(
      client.issueCall('run', [], { address: 'slow', timeout: 100 }),
    ).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED', origin: 'local' });
    expect(await client.issueCall('add', [1, 2], { retries: 5 })).toBe(3);
  });

  it('chooses its service for each call, in every way there is', async () => {
    const running = await startRouter();
    for (const name of ['one', 'two', 'three']) {
      await serve(running, name, () => Promise.resolve(name));
    }
    const client = createClient({ connect: running.frontend, address: 'one' });

    expect(await client.call.run()).toBe('one');
    expect(await client.issueCall('run', [], { address: 'two' })).toBe('two');
    expect(await client.issueCall('run', [], { address: Buffer.from('two') })).toBe('two');
    const record = new RemoteRecordBuilder({}).setAddress('three').build();
    expect(await firstValueFrom(client.send('run', record))).toBe('three');
  });

  it('makes many calls at once to several services, each with its own response', async () => {
    const running = await startRouter();
    const names = ['one', 'two', 'three'];
    for (const name of names) {
      await serve(running, name, (number: unknown) => Promise.resolve(`${name} ${String(number)}`));
    }
    const client = createClient({ connect: running.frontend, timeout: 20_000 });
    const wanted = Array.from({ length: 3000 }, (_, index) => `${names[index % 3]} ${index}`);

    const answers = await Promise.all(
      wanted.map((_, index) =>
        client.issueCall('run', [index], { address: names[index % 3] ?? '' }),
      ),
    );

    expect(answers).toEqual(wanted);
  });

  it('sends events to a service', async () => {
    const running = await startRouter();
    const controller = await startCalculator(running, 'svc');
    const client = createClient({ connect: running.frontend, address: 'svc' });

    await client.notify.note(1, 2);

    await expect.poll(() => controller.notes).toEqual([[1, 2]]);
  });

  it('calls a service that is behind two routers by either of them', async () => {
    const first = await startRouter();
    const second = await startRouter();
    await listen(
      { requests: { run: () => Promise.resolve('here') } },
      { connect: [first.backend, second.backend], identity: 'svc' },
    );
    await known(first, 'svc');
    await known(second, 'svc');

    for (const { frontend } of [first, second]) {
      const client = createClient({ connect: frontend, address: 'svc' });
      expect(await client.call.run()).toBe('here');
    }
  });
});

async function startCalculator(running: RunningRouter, identity: string) {
  const { app } = await startService(
    { controllers: [CalculatorController] },
    { connect: running.backend, identity },
  );
  await known(running, identity);
  return app.get(CalculatorController);
}

async function serve(
  running: RunningRouter,
  identity: string,
  run: (data: never, context: never) => Promise<unknown>,
): Promise<void> {
  await listen({ requests: { run: run as never } }, { connect: running.backend, identity });
  await known(running, identity);
}

async function known({ logs }: RunningRouter, identity: string): Promise<void> {
  await expect.poll(() => logs.join('\n')).toContain(`of ${identity} at the backend`);
}
