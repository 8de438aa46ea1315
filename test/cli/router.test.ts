import type { RemoteServer } from 'nestjs-remote';
import { describe, expect, it } from 'vitest';
import { echo, listen } from '../robustness/plain-service.js';
import { ipcAddress } from '../robustness/processes.js';
import { createClient } from '../support/nest.js';
import { RunningCommand, run } from './running-command.js';

/** A router in a process of its own, and in this one a service named `echo` that has greeted it. */
async function startRouter(): Promise<{
  router: RunningCommand;
  service: RemoteServer;
  frontend: string;
}> {
  const frontends = ['tcp://127.0.0.1:*', await ipcAddress()];
  const args = ['--frontend', ...frontends, '--backend', await ipcAddress()];
  const router = new RunningCommand('router', ...args);
  const [frontend = '', backend = ''] = await router.says(
    /Router started: frontend (tcp:\S+), ipc:\S+, backend (ipc:\S+)/,
  );
  const { server } = await listen({ requests: { echo } }, { connect: backend, identity: 'echo' });
  await router.says(/Arrival or departure of echo at the backend/);
  return { router, service: server, frontend };
}

/** Calls the service through a router. */
function callEcho(frontend: string, value: number): Promise<unknown> {
  return createClient({ connect: frontend, address: 'echo' }).call.echo(value);
}

describe('router', () => {
  it('passes calls on, and logs who came and went to the standard error', async () => {
    const { router, service, frontend } = await startRouter();
    const { code, stdout } = await run('call', frontend, 'echo', '1', '--address', 'echo');
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^1 {2}/) as string,
    });
    await router.says(/Arrival or departure of nestjs-remote:\S+ at the frontend/);

    await service.close();
    await router.says(/of echo at the backend[^]*of echo at the backend/);
    expect(router.stdout).toBe('');
  });

  it('takes several addresses on a side', async () => {
    const { router } = await startRouter();
    const [second = ''] = await router.says(/frontend \S+, (ipc:\S+), backend/);
    expect(await callEcho(second, 1)).toBe(1);
  });

  it('bounces a call of a service that is not there at once, and counts it', async () => {
    const { router, frontend } = await startRouter();
    const outcome = await run('call', frontend, 'echo', '--address', 'nobody', '--timeout', '0');
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(outcome.stderr).toContain('local error, UNAVAILABLE');
    router.signal('SIGTERM');
    const { stdout } = await router.ended();
    expect(JSON.parse(stdout)).toMatchObject({ bounced: 1 });
  });

  it('prints its counts at SIGUSR1 and goes on', async () => {
    const { router, frontend } = await startRouter();
    await run('call', frontend, 'echo', '1', '-a', 'echo', '--repeat', '3');
    router.signal('SIGUSR1');
    await expect.poll(() => router.lines).toHaveLength(1);
    expect(JSON.parse(router.stdout)).toEqual({
      forwarded: { frontend: 3, backend: 3 },
      bounced: 0,
      dropped: {},
    });
    expect(await callEcho(frontend, 4)).toBe(4);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'prints its counts and ends with 0 at %s',
    async (name) => {
      const { router, frontend } = await startRouter();
      expect(await callEcho(frontend, 1)).toBe(1);
      router.signal(name);
      const { code, stdout } = await router.ended();
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ forwarded: { frontend: 1, backend: 1 } });
    },
  );

  it.each([
    [['-f', 'bogus', '-b', 'ipc:///x'], '"bogus" is not an address'],
    [['-f', 'ipc:///nowhere/at/all', '-b', 'ipc:///x'], 'cannot bind ipc:///nowhere/at/all'],
    [['-f', 'udp://127.0.0.1:*', '-b', 'ipc:///x'], 'is a UDP address'],
  ])('exits with 1 for addresses that cannot be: %j', async (args, reason) => {
    const { code, stdout, stderr } = await run('router', ...args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(reason);
    expect(stderr).not.toContain('    at ');
  });
});
