import { describe, expect, it } from 'vitest';
import { echo, listen } from '../robustness/plain-service.js';
import { run, runListening } from './running-command.js';

async function startEcho(): Promise<string> {
  return (await runListening('serve-echo', 'tcp://127.0.0.1:*')).address;
}

function parsed(stdout: string): unknown[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

describe('list', () => {
  it('prints the kind, name and description of all that a service serves', async () => {
    const { code, stdout, stderr } = await run('list', await startEcho());
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n')).toEqual([
      'event    *      prints the event',
      'stream   count  responds with the numbers from 1 to N, one by one',
      'request  echo   returns the value, or the list of several',
      'request  fail   responds with an error',
      'request  sleep  responds after so many milliseconds',
      '',
    ]);
  });

  it('prints a line of JSON for each method with --json', async () => {
    const { stdout } = await run('list', await startEcho(), '--json');
    expect(parsed(stdout)).toContainEqual({
      name: 'fail',
      kind: 'request',
      description: 'responds with an error',
    });
  });

  it('exits with 1 where the service does not say, and names the option', async () => {
    const { address } = await listen({ requests: { echo } });
    const { code, stdout, stderr } = await run('list', address);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^remote error, UNIMPLEMENTED: .*give it reflection: true/);
  });
});

describe('the command describe', () => {
  it('prints all that is said of one method', async () => {
    expect(await run('describe', await startEcho(), 'count')).toEqual({
      code: 0,
      stdout: 'stream count\n  responds with the numbers from 1 to N, one by one\n',
      stderr: '',
    });
  });

  it('prints versions, deprecations and arguments', async () => {
    const { server, address } = await listen(
      { requests: { echo } },
      { bind: 'tcp://127.0.0.1:*', reflection: true },
    );
    server.addHandler('add', async () => 0, false, {
      version: '2',
      deprecated: 'use sum',
      arguments: [{ type: 'number' }, null],
    });
    expect((await run('describe', address)).stdout).toBe(`request add (version 2)
  deprecated: use sum
  argument 0: { type: 'number' }
  argument 1: null
request echo
`);
  });

  it('exits with 1 for a method that is not served, as JSON with --json', async () => {
    const address = await startEcho();
    const { code, stdout, stderr } = await run('describe', address, 'ech', '--json');
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(parsed(stdout)).toEqual([
      {
        error: {
          origin: 'local',
          code: 'INVALID_ARGUMENT',
          message: `${address} serves no 'ech'; see nestjs-remote list`,
          context: { method: 'ech' },
        },
      },
    ]);
  });
});
