import { createSocket } from 'node:dgram';
import type { RemoteClient, RemoteContext } from 'nestjs-remote';
import { describe, expect, it, onTestFinished } from 'vitest';
import { listen } from '../robustness/plain-service.js';
import { ipcAddress, vacantAddress } from '../robustness/processes.js';
import { startRouter } from '../router/peers.js';
import { createClient } from '../support/nest.js';
import { RunningCommand, run, runListening } from './running-command.js';

/** Publishes over and over, since who subscribes late has missed what was sent before. */
function publish(options: { bind?: string; connect?: string }, ...events: string[]): void {
  const publisher = createClient({ socket: 'pub', ...options });
  const repetition = setInterval(() => {
    events.forEach((event) => publisher.emit(event, { n: 1 }));
  }, 20);
  onTestFinished(() => clearInterval(repetition));
}

describe('emit', () => {
  it('sends metadata, and says with --json that it has sent the event', async () => {
    const seen: unknown[] = [];
    const { address } = await listen({
      events: {
        stop: async (_data: unknown, context?: RemoteContext) =>
          void seen.push(context?.getMetadata()),
      },
    });
    const { code, stdout } = await run('emit', address, 'stop', '-m', 'tenant=a', '--json');
    expect({ code, stdout }).toEqual({ code: 0, stdout: '{"emitted":"stop"}\n' });
    await expect.poll(() => seen).toEqual([{ tenant: 'a' }]);
  });

  it.each([
    ['ipc', ipcAddress],
    ['udp', () => Promise.resolve('udp://127.0.0.1:*')],
  ])('sends an event with its arguments and prints nothing: %s', async (_scheme, choose) => {
    const { command, address } = await runListening('serve-echo', await choose());
    expect(await run('emit', address, 'stop', '1', '{"a": 1}', 'now')).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
    await expect.poll(() => command.lines).toEqual(["stop 1 { a: 1 } 'now'"]);
  });

  it('names the service behind a router by --address', async () => {
    const { frontend, backend } = await startRouter();
    const command = new RunningCommand('serve-echo', backend, '-i', 'echo');
    // An event may come before the service has greeted the router, which a call shows.
    const client: RemoteClient = createClient({ connect: frontend, address: 'echo' });
    await expect
      .poll(() => client.call.echo(7).catch(() => undefined), { timeout: 20_000 })
      .toBe(7);
    expect(await run('emit', frontend, 'stop', '--address', 'echo')).toMatchObject({ code: 0 });
    await expect.poll(() => command.lines).toEqual(['stop']);
  });
});

describe('listen', () => {
  it('prints the events of the publisher that it connects to', async () => {
    const address = await ipcAddress();
    publish({ bind: address }, 'log.info');
    const command = new RunningCommand('listen', address);
    await command.says(new RegExp(`connecting to ${address}`));
    await expect.poll(() => command.lines, { timeout: 20_000 }).toContain('log.info { n: 1 }');
  });

  it('prints the events of publishers that connect to it, with --bind', async () => {
    const { command, address } = await runListening('listen', '--bind', await ipcAddress());
    publish({ connect: address }, 'log.info');
    await expect.poll(() => command.lines, { timeout: 20_000 }).toContain('log.info { n: 1 }');
  });

  it('takes the topics that it was given, and no others', async () => {
    const { command, address } = await runListening('listen', '-b', await ipcAddress(), 'a', 'c.d');
    publish({ connect: address }, 'b', 'c', 'a.x', 'c.d');
    await expect
      .poll(() => new Set(command.lines), { timeout: 20_000 })
      .toEqual(new Set(['a.x { n: 1 }', 'c.d { n: 1 }']));
  });

  it('prints the events that come by udp://', async () => {
    const { command, address } = await runListening('listen', 'udp://127.0.0.1:*');
    await run('emit', address, 'log', 'hello', '2');
    await expect.poll(() => command.lines).toEqual(["log 'hello' 2"]);
  });

  it('takes topics at udp:// too', async () => {
    const { command, address } = await runListening('listen', 'udp://127.0.0.1:*', 'a', 'b');
    const client = createClient(address);
    for (const event of ['c', 'a1', 'b2']) {
      await client.notify[event]?.();
    }
    await expect.poll(() => command.lines).toEqual(['a1', 'b2']);
  });

  it('prints JSON and nothing else with --json', async () => {
    const { command, address } = await runListening('listen', 'udp://127.0.0.1:*', '--json');
    await run('emit', address, 'log', 'hello', '{"a": [1]}');
    await expect.poll(() => command.lines).toHaveLength(1);
    expect(JSON.parse(command.stdout)).toEqual({ event: 'log', args: ['hello', { a: [1] }] });
  });

  it('warns of what it drops on the standard error, not among the events', async () => {
    const { command, address } = await runListening('listen', 'udp://127.0.0.1:*');
    const socket = createSocket('udp4');
    onTestFinished(() => void socket.close());
    socket.send('no envelope', Number(address.split(':').at(-1)), '127.0.0.1');
    await command.says(/^warning: dropped 1: malformed .*\(more within 10 s are only counted\)$/m);
    expect(command.stdout).toBe('');
  });

  it('writes its error as JSON to the standard output with --json', async () => {
    const { address } = await listen({}, { bind: 'udp://127.0.0.1:*' });
    const { code, stdout, stderr } = await run('listen', address, '--json');
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ error: { origin: 'local', code: 'UNAVAILABLE' } });
  });

  it('exits with 1 where it cannot listen, and names the address', async () => {
    const { address } = await listen({}, { bind: 'udp://127.0.0.1:*' });
    const { code, stdout, stderr } = await run('listen', address);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`cannot bind ${address}: EADDRINUSE`);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends with 0 at %s', async (signal) => {
    const command = new RunningCommand('listen', await vacantAddress());
    await command.says(/connecting to/);
    command.signal(signal);
    expect(await command.ended()).toMatchObject({ code: 0, stdout: '' });
  });
});
