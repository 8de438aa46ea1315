import type { RemoteClient } from 'nestjs-remote';
import { describe, expect, it } from 'vitest';
import { createClient } from '../support/nest.js';
import { ipcAddress } from '../robustness/processes.js';
import { startRouter } from '../router/peers.js';
import { RunningCommand, run, runListening } from './running-command.js';

describe('serve-echo', () => {
  it('responds to echo, sleep, count and fail', async () => {
    const { address } = await runListening('serve-echo', 'tcp://127.0.0.1:*');
    const client: RemoteClient = createClient(address);
    expect(await client.call.echo({ a: 1 })).toEqual({ a: 1 });
    expect(await client.call.echo(1, 2)).toEqual([1, 2]);
    expect(await client.call.sleep(1)).toBe(1);
    expect(await client.call.count(3)).toBe(3);
    await expect(client.call.fail('boom')).rejects.toMatchObject({ message: 'boom' });
    await expect(client.call.sleep('long')).rejects.toMatchObject({
      message: "sleep takes milliseconds, not 'long'",
    });
  });

  it('serves behind a router under its --identity', async () => {
    const { frontend, backend } = await startRouter();
    const command = new RunningCommand('serve-echo', backend, '--identity', 'echo');
    await command.says(/connecting to/);
    // The first calls may come before the service has greeted the router.
    const client: RemoteClient = createClient({ connect: frontend, address: 'echo' });
    await expect
      .poll(() => client.call.echo(7).catch(() => undefined), { timeout: 20_000 })
      .toBe(7);
  });

  it('takes callers who have gone for no error', async () => {
    const { command, address } = await runListening('serve-echo', await ipcAddress());
    await run('call', address, 'sleep', '60000', '--timeout', '200');
    expect(await createClient(address).call.echo(1)).toBe(1);
    command.signal('SIGTERM');
    const { code, stdout, stderr } = await command.ended();
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    // That its answer found nobody may be counted: the caller leaves at about the same time.
    expect(stderr).not.toMatch(/error|\n\s+at /i);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends with 0 at %s', async (signal) => {
    const { command } = await runListening('serve-echo', await ipcAddress());
    command.signal(signal);
    expect(await command.ended()).toMatchObject({ code: 0 });
  });
});
