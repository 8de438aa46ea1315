import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { curveKeyPair } from 'nestjs-remote';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ipcAddress } from '../robustness/processes.js';
import { RunningCommand, run, runListening } from './running-command.js';

const SERVER_KEY = curveKeyPair().publicKey;

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'keygen-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

/** A folder with the keys of a service and of two clients, of which it knows one. */
async function keyFolder(): Promise<(name: string) => string> {
  const folder = await temporaryFolder();
  const path = (name: string): string => join(folder, name);
  await Promise.all(['service', 'ada', 'eve'].map((name) => run('keygen', '--out', path(name))));
  const key = await readFile(path('ada.pub'), 'utf8');
  await writeFile(path('friends.txt'), `${key.trim()} ada\n`);
  return path;
}

describe('keygen', () => {
  it('prints a pair', async () => {
    const { code, stdout, stderr } = await run('keygen');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^public key {2}\S{40}\nsecret key {2}\S{40}\n$/);
  });

  it('prints a pair as --json', async () => {
    const { stdout } = await run('keygen', '--json');
    expect(JSON.parse(stdout)).toEqual({
      publicKey: expect.stringMatching(/^\S{40}$/),
      secretKey: expect.stringMatching(/^\S{40}$/),
    });
  });

  it('writes a pair, the secret key for its owner alone, and prints neither', async () => {
    const folder = await temporaryFolder();
    const { code, stdout, stderr } = await run('keygen', '--out', join(folder, 'math'));
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    const secret = await readFile(join(folder, 'math.key'), 'utf8');
    expect(secret).toMatch(/^\S{40}\n$/);
    expect(stderr).not.toContain(secret.trim());
    expect(((await stat(join(folder, 'math.key'))).mode & 0o777).toString(8)).toBe('600');
  });

  it('prints a key of UDP, alone or as --json', async () => {
    const { code, stdout, stderr } = await run('keygen', '--udp');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^[\da-f]{64}\n$/);
    const json = await run('keygen', '--udp', '--json');
    expect(JSON.parse(json.stdout)).toEqual({ key: expect.stringMatching(/^[\da-f]{64}$/) });
  });

  it('writes a key of UDP for its owner alone, and does not print it', async () => {
    const path = join(await temporaryFolder(), 'robots');
    const { code, stdout, stderr } = await run('keygen', '--udp', '--out', path);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    const key = await readFile(`${path}.key`, 'utf8');
    expect(key).toMatch(/^[\da-f]{64}\n$/);
    expect(stderr).not.toContain(key.trim());
    expect(((await stat(`${path}.key`)).mode & 0o777).toString(8)).toBe('600');
  });

  it('overwrites nothing, and leaves no half of a pair', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'math.key'), 'mine');
    const { code, stderr } = await run('keygen', '--out', join(folder, 'math'));
    expect(code).toBe(1);
    expect(stderr).toContain('math.key: it exists, and nothing was overwritten');
    expect(await readdir(folder)).toEqual(['math.key']);
    expect(await readFile(join(folder, 'math.key'), 'utf8')).toBe('mine');
  });
});

describe('the flags about keys', () => {
  it('encrypt a call to a service that knows the caller, and refuse others', async () => {
    const path = await keyFolder();
    const { address } = await runListening(
      ...['serve-echo', 'tcp://127.0.0.1:*', '--secret-key', path('service.key')],
      ...['--allow', path('friends.txt')],
    );
    const call = ['call', address, 'echo', '7', '--server-key'];
    const key = (await readFile(path('service.pub'), 'utf8')).trim();
    const ada = await run(...call, path('service.pub'), '--secret-key', path('ada.key'));
    expect(ada).toMatchObject({ code: 0, stdout: expect.stringMatching(/^7 /) });
    const eve = await run(...call, key, '--secret-key', path('eve.key'));
    expect(eve).toMatchObject({ code: 1, stderr: expect.stringContaining('UNAUTHENTICATED') });
  });

  it('secure a router, its services and its clients', async () => {
    const path = await keyFolder();
    const [frontend, backend] = [await ipcAddress(), await ipcAddress()];
    const router = new RunningCommand(
      ...['router', '-f', frontend, '-b', backend, '--secret-key', path('service.key')],
      ...['--allow', path('friends.txt')],
    );
    await router.says(/Router started/);
    const keys = ['--server-key', path('service.pub'), '--secret-key', path('ada.key')];
    new RunningCommand('serve-echo', backend, '--identity', 'echo', ...keys);
    await router.says(/Arrival or departure of echo/);
    const { stdout } = await run('call', frontend, 'echo', '7', '--address', 'echo', ...keys);
    expect(stdout).toMatch(/^7 /);
  });

  it('encrypt calls over UDP, which others get no response to', async () => {
    const folder = await temporaryFolder();
    const key = join(folder, 'a=b');
    await run('keygen', '--udp', '--out', key);
    await run('keygen', '--udp', '--out', join(folder, 'other'));
    const { address } = await runListening(
      ...['serve-echo', 'udp://127.0.0.1:*', '--udp-key', `robots=${key}.key`],
    );
    const friend = await run('call', address, 'echo', '7', '--udp-key', `robots=${key}.key`);
    expect(friend).toMatchObject({ code: 0, stdout: expect.stringMatching(/^7 /) });
    const stranger = await run(
      ...['call', address, 'echo', '7', '--timeout', '300'],
      ...['--udp-key', `robots=${join(folder, 'other.key')}`],
    );
    expect(stranger.code).not.toBe(0);
  });

  it.each<[string, string[], RegExp]>([
    ['the own key alone', ['--secret-key', 'x'], /give --secret-key, and beside it --server-key/],
    ['no own key', ['--server-key', 'x'], /give --secret-key, and beside it/],
    [
      'no file',
      ['--server-key', SERVER_KEY, '--secret-key', '/no/key'],
      /'\/no\/key' cannot be read/,
    ],
    [
      'the key itself in the place of its file',
      ['--server-key', SERVER_KEY, '--secret-key', SERVER_KEY],
      /a place whose name looks like a key, and is not shown, cannot be read/,
    ],
    [
      'no variable',
      ['--server-key', SERVER_KEY, '--secret-key', 'env:NO'],
      /variable NO is not set/,
    ],
    ['a key of UDP without an id', ['--udp-key', 'robots.key'], /give --udp-key ID=FILE/],
    [
      'a key of UDP beside others',
      ['--udp-key', 'a=b', '--secret-key', 'x'],
      /and no other key beside it/,
    ],
    ['a key of UDP elsewhere', ['--udp-key', 'a=env:NO'], /variable NO is not set/],
  ])('are wrong with %s', async (_, flags, message) => {
    const { code, stderr } = await run('call', 'tcp://127.0.0.1:9', 'echo', ...flags);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
  });
});
