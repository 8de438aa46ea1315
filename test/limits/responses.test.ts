import { Logger } from '@nestjs/common';
import { expect, it, onTestFinished, vi } from 'vitest';
import { listen } from '../robustness/plain-service.js';
import { rawDealer } from '../robustness/raw-sockets.js';
import { createClient } from '../support/nest.js';
import { sequence } from '../extension/wire.js';

const MEBIBYTE = 1024 * 1024;

it('what waits for one peer is limited by limits.maxBytes, and others get their responses', async () => {
  const large = (): Promise<Buffer> => Promise.resolve(Buffer.alloc(MEBIBYTE));
  const { server, address } = await listen(
    { requests: { large } },
    {
      bind: 'tcp://127.0.0.1:*',
      limits: { maxBytes: 2 * MEBIBYTE },
      socketOptions: { sendHighWaterMark: 1 },
    },
  );
  const deaf = rawDealer(address, 1);
  // With the default of 64 MiB all of them would find room.
  for (let id = 0; id < 60; id++) {
    await deaf.send(['-', sequence([0, id, 'large', []])]);
  }
  await expect.poll(() => server.dropCounts.get('response not sent') ?? 0).toBeGreaterThan(0);
  const answer: unknown = await createClient(address).call.large();
  expect((answer as Buffer).length).toBe(MEBIBYTE);
});

it('what cannot be encoded is logged as often as reportInterval says, with how often it was', async () => {
  const error = vi.spyOn(Logger.prototype, 'error').mockReturnValue();
  onTestFinished(() => error.mockRestore());
  const cycle = async (): Promise<unknown> => {
    const value: { self?: unknown } = {};
    return (value.self = value);
  };
  const logsOf = async (reportInterval: number): Promise<number> => {
    error.mockClear();
    const bind = 'tcp://127.0.0.1:*';
    const { address } = await listen({ requests: { cycle } }, { bind, reportInterval });
    const client = createClient(address);
    for (let count = 0; count < 5; count++) {
      await expect(client.call.cycle()).rejects.toMatchObject({ code: 'INTERNAL' });
    }
    expect(error).toHaveBeenCalledWith(expect.stringMatching(/^'cycle': .*value/));
    return error.mock.calls.length;
  };
  expect(await logsOf(3_600_000)).toBe(1);
  expect(await logsOf(0)).toBe(5);
});
