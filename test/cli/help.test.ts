import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { run } from './running-command.js';

const COMMANDS = [
  'call',
  'emit',
  'list',
  'describe',
  'ping',
  'top',
  'bench',
  'listen',
  'serve-echo',
  'router',
  'keygen',
  'completion',
];

/** What an example shows of the commands that take no address. */
const ARGUMENTS: Record<string, string> = { keygen: '--out', completion: 'fish' };

describe('the help', () => {
  it('names every command, what an address is and something to try', async () => {
    const { code, stdout, stderr } = await run('--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const command of COMMANDS) {
      expect(stdout).toMatch(new RegExp(`^  ${command} .*  [a-z].*`, 'm'));
    }
    expect(stdout).toContain('An ADDRESS is tcp://HOST:PORT, ipc://PATH or udp://HOST:PORT.');
    expect(stdout).toContain('etcd://HOST:PORT/NAME or dns+srv://NAME');
    expect(stdout).toContain('nestjs-remote serve-echo tcp://127.0.0.1:5555');
  });

  it.each(COMMANDS)(
    'of %s explains every argument and option, and shows an example',
    async (name) => {
      const { code, stdout, stderr } = await run(name, '--help');
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const [usage = ''] = stdout.split('\n');
      for (const [, argument] of usage.matchAll(/[<[]([A-Z]+)/g)) {
        expect(stdout).toMatch(new RegExp(`^  ${argument} +[a-z]`, 'm'));
      }
      for (const [option] of stdout.matchAll(/^  -\w, --.*$/gm)) {
        expect(option).toMatch(/^  -\w, --[a-z]+( <[^>]+>)? {2,}[a-z]/);
      }
      const example = ARGUMENTS[name] ?? '(tcp|udp)://';
      expect(stdout).toMatch(new RegExp(`^  nestjs-remote ${name} .*${example}`, 'm'));
    },
  );

  it.each(['call', 'emit', 'list', 'describe', 'ping', 'bench'])(
    'of %s lists the exit codes',
    async (name) => {
      expect((await run('help', name)).stdout).toMatch(
        /Exit code: 0 .*, 1 (with|if any had) an error.*, 2 (without|when nobody answered)/,
      );
    },
  );

  it('is what one sees without a command, as an error', async () => {
    const { code, stdout, stderr } = await run();
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('Usage: nestjs-remote');
  });
});

it('prints its version', async () => {
  const { version } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  ) as { version: string };
  expect(await run('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});

describe('a command line that is wrong', () => {
  it.each([
    ['an unknown command', ['cal'], /unknown command 'cal'\s+\(Did you mean call\?\)/],
    ['an unknown option', ['call', 'x', 'y', '--jsn'], /'--jsn'\s+\(Did you mean --json\?\)/],
    ['a missing argument', ['call', 'tcp://127.0.0.1:1'], /missing required argument 'METHOD'/],
    ['a missing option', ['router', '-f', 'x'], /'-b, --backend <ADDRESS...>' not specified/],
    [
      'no number',
      ['call', 'x', 'y', '-t', 'soon'],
      /'soon' is invalid. give a whole number from 0/,
    ],
    [
      'no pair',
      ['call', 'x', 'y', '-m', 'tenant'],
      /'tenant' is invalid. give a key and a text, such as tenant=a/,
    ],
    ['an unknown shell', ['completion', 'tcsh'], /Allowed choices are bash, zsh, fish/],
    [
      'too small a number',
      ['call', 'x', 'y', '-r', '0'],
      /'0' is invalid. give a whole number from 1/,
    ],
  ])('for %s exits with 1 and points to the help', async (_what, args, reason) => {
    const { code, stdout, stderr } = await run(...args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(reason);
    expect(stderr).toContain('--help');
  });

  it('is an error on the standard output for --json', async () => {
    const { code, stdout } = await run('call', 'tcp://127.0.0.1:1', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      error: {
        origin: 'local',
        code: 'INVALID_ARGUMENT',
        message: "missing required argument 'METHOD'",
        context: {},
      },
    });
  });
});
