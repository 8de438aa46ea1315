import { describe, expect, it } from 'vitest';
import { ipcAddress, runFixture, vacantAddress } from './processes.js';

describe('in a cluster', () => {
  it.each([
    ['tcp', vacantAddress],
    ['ipc', ipcAddress],
  ])('a worker that finds its %s address taken says what to do', async (_scheme, chooseAddress) => {
    const address = await chooseAddress();
    const { code, output } = await runFixture('cluster-workers.mjs', address);
    expect(code).toBe(0);
    expect(JSON.parse(output)).toEqual([
      {},
      {
        code: 'INVALID_ARGUMENT',
        message: expect.stringMatching(
          /^cannot bind \S+: EADDRINUSE \(the workers of a cluster cannot share .+ give each worker/,
        ),
        context: { address, errno: 'EADDRINUSE' },
      },
    ]);
  });
});
