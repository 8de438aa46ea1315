import { Controller } from '@nestjs/common';
import { Ctx, MessagePattern } from '@nestjs/microservices';
import { expect, test } from 'vitest';
import { RemoteContext, type RemoteServerOptions } from 'nestjs-remote';
import { createClient, startService } from '../support/nest.js';

@Controller()
class DeadlineController {
  /** The milliseconds that are left, as its deadline says. */
  @MessagePattern('left')
  left(@Ctx() context: RemoteContext): number | undefined {
    const deadline = context.getDeadline();
    return deadline && deadline.getTime() - Date.now();
  }
}

/** How many seconds a handler has; undefined without a limit. */
async function secondsOf(
  server: Partial<RemoteServerOptions>,
  client: { timeout: number; extension?: boolean },
): Promise<number | undefined> {
  const { address } = await startService(
    { controllers: [DeadlineController] },
    { bind: 'tcp://127.0.0.1:*', ...server },
  );
  const left = await createClient({ connect: address, ...client }).issueCall<number>('left');
  return left ? Math.ceil(left / 10_000) * 10 : undefined;
}

const BASE = { timeout: 120_000, extension: false };

test.each([
  ['that of its caller, where the server sets none', {}, { timeout: 120_000 }, 120],
  ['none, where its caller sets none', {}, { timeout: 0 }, undefined],
  ['30 s, where its caller cannot say it', {}, BASE, 30],
  ['that of the server, where it is less', { timeout: 60_000 }, { timeout: 120_000 }, 60],
  ['that of the server, where its caller sets none', { timeout: 60_000 }, { timeout: 0 }, 60],
  ['that of the server for base callers too', { timeout: 60_000 }, BASE, 60],
  ['that of its caller, where it is less', { timeout: 120_000 }, { timeout: 60_000 }, 60],
  ['that of its caller, where the server has no limit', { timeout: 0 }, { timeout: 60_000 }, 60],
  ['none for base callers, where the server has no limit', { timeout: 0 }, BASE, undefined],
])('the time of a handler is %s', async (_, server, client, seconds) => {
  expect(await secondsOf(server, client)).toBe(seconds);
});
