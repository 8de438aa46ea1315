import { describe, expect, it } from 'vitest';
import { listenHeldBehindRouter } from '../drain/held-calls.js';
import { describePython } from '../interop/python-peer.js';
import { ANYWHERE, startPeer } from '../interop/start-peer.js';
import { listen, start } from '../robustness/plain-service.js';
import { ipcAddress, vacantAddress } from '../robustness/processes.js';
import { RunningCommand, run, runListening } from './running-command.js';

const UP = {
  address: expect.any(String) as string,
  state: 'up',
  instance: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
  uptime: expect.any(Number) as number,
  inFlight: 0,
  milliseconds: expect.any(Number) as number,
};

describe('ping', () => {
  it('says that a service is up, since when, and what it does', async () => {
    const { address } = await listen({});
    const { code, stdout, stderr } = await run('ping', address);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^up for \d+ m?s, 0 in flight, instance [0-9a-f]{8} {2}\([\d.]+ ms\)\n$/,
    );
  });

  it('asks as often as --count says, and prints a line of JSON each time', async () => {
    const { address } = await listen({});
    const { stdout } = await run('ping', address, '--count', '2', '-i', '0', '--json');
    const { address: _address, ...answer } = UP;
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([answer, answer]);
  });

  it('exits with 2 where nobody responds', async () => {
    const address = await vacantAddress();
    const { code, stdout } = await run('ping', address, '--timeout', '200', '--json');
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { origin: 'local', code: 'UNAVAILABLE' } });
  });

  it('exits with 1 for a service that drains behind a router', async () => {
    const { held, server, client, frontend } = await listenHeldBehindRouter();
    const call = client.call.wait(1);
    await expect.poll(() => held.isWaiting(1)).toBe(true);
    const closed = server.close();
    const { code, stdout } = await run('ping', frontend, '--address', 'math');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^draining for .*, 1 in flight/);
    held.release(1);
    await call;
    await closed;
  });
});

describePython('ping of a service in Python', () => {
  it('says that it is up', async () => {
    const peer = await startPeer('service', '--bind', ANYWHERE);
    const { code, stdout } = await run('ping', peer.endpoint);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^up, and knows no \$\/ping/);
  });
});

describe('top', () => {
  it('prints a row for each service, at each look', async () => {
    const { address } = await runListening('serve-echo', await ipcAddress());
    const vacant = await vacantAddress();
    const args = ['--timeout', '2000', '--count', '2', '--interval', '1'];
    const { code, stdout, stderr } = await run('top', address, vacant, ...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(6);
    for (const look of [lines.slice(0, 3), lines.slice(3)]) {
      expect(look[0]).toMatch(/^STATE +ADDRESS +IN FLIGHT +UPTIME +RESTARTS +RESPONSE$/);
      expect(look[1]).toMatch(new RegExp(`^up +${address} +0 +\\d+ m?s +0 +[\\d.]+ ms$`));
      expect(look[2]).toMatch(new RegExp(`^down +${vacant} +- +- +0 +-$`));
    }
  });

  it('prints a line of JSON for each look with --json, and notices restarts', async () => {
    const { server, address } = await listen({}, { bind: await ipcAddress() });
    const top = new RunningCommand('top', address, '--json', '--interval', '20');
    const looks = (): unknown[] => top.lines.map((line) => JSON.parse(line) as unknown);
    await expect.poll(looks, { timeout: 20_000 }).toContainEqual({
      time: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      services: [{ ...UP, restarts: 0 }],
    });
    await server.close();
    await start(server);
    await expect
      .poll(() => looks().at(-1), { timeout: 20_000 })
      .toMatchObject({
        services: [{ state: 'up', restarts: 1 }],
      });
    top.signal('SIGINT');
    expect(await top.ended()).toMatchObject({ code: 0, stderr: '' });
  });
});
