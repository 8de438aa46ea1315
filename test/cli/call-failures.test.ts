import { describe, expect, it } from 'vitest';
import { RemoteClient } from 'nestjs-remote';
import { vacantAddress } from '../robustness/processes.js';
import { rawRouter } from '../robustness/raw-sockets.js';
import { run } from './running-command.js';

describe.each(['call', 'emit'])('%s', (command) => {
  it('exits with 2 where nobody listens, and names the address', async () => {
    const address = await vacantAddress();
    expect(await run(command, address, 'echo', '--timeout', '200')).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(
        `^local error, UNAVAILABLE: no connection to ${address} within 200 ms`,
      ) as string,
    });
  });

  it('exits with 2 where the source of its servers does not answer, and says why', async () => {
    const source = `${(await vacantAddress()).replace('tcp', 'etcd')}/math`;
    const { code, stderr } = await run(command, source, 'echo', '--timeout', '1000');
    expect(code).toBe(2);
    expect(stderr).toMatch(/no server was found: etcd at http:\S+: .*ECONNREFUSED/);
  });

  it.each(['bogus', 'tcp://127.0.0.1', 'http://127.0.0.1:80', 'tcp://127.0.0.1:0'])(
    "exits with 1 for the wrong address '%s', with the library's own words",
    async (address) => {
      const { code, stdout, stderr } = await run(command, address, 'echo');
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain(`local error, INVALID_ARGUMENT: ${complaint(address)}`);
    },
  );
});

describe('call', () => {
  it('exits with 2 when no response comes in time', async () => {
    const { address } = await rawRouter();
    const outcome = await run('call', address, 'echo', '--timeout', '2000');
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(outcome.stderr).toContain("DEADLINE_EXCEEDED: no response to 'echo' within 2000 ms");
  });

  it('exits with 2 at once where a datagram is refused', async () => {
    const address = await vacantAddress('udp');
    const { code, stderr } = await run('call', address, 'echo', '--timeout', '0');
    expect(code).toBe(2);
    expect(stderr).toContain('local error, UNAVAILABLE');
  });

  it('exits with 1 for a timeout that no timer can hold', async () => {
    const { code, stderr } = await run('call', 'ipc:///x', 'echo', '--timeout', '9999999999');
    expect(code).toBe(1);
    expect(stderr).toContain('local error, INVALID_ARGUMENT: option timeout: 9999999999 cannot');
  });
});

/** What the library itself says of an address. */
function complaint(address: string): string {
  try {
    new RemoteClient({ connect: address });
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error(`${address} is an address`);
}
