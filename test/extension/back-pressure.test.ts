import { describe, expect, it, onTestFinished } from 'vitest';
import { Router } from 'zeromq';
import { createClient } from '../support/nest.js';

const QUARTER_MEBIBYTE = 'x'.repeat(256 * 1024);

/** A server that takes a few messages and never reads one. */
async function bindDeaf(): Promise<string> {
  const router = new Router();
  onTestFinished(() => router.close());
  router.linger = 0;
  router.receiveHighWaterMark = 1;
  router.receiveBufferSize = 64 * 1024;
  await router.bind('tcp://127.0.0.1:*');
  return router.lastEndpoint ?? '';
}

describe('a server that does not read', () => {
  it('lets a call that waited unsent until its timeout end with RESOURCE_EXHAUSTED', async () => {
    const client = createClient({
      connect: await bindDeaf(),
      timeout: 0,
      socketOptions: { sendHighWaterMark: 1, sendBufferSize: 64 * 1024 },
    });
    await client.connect();
    const filling = Array.from({ length: 100 }, () => client.call.take(QUARTER_MEBIBYTE));
    const endings = Promise.allSettled(filling);
    await expect(client.issueCall('take', [1], { timeout: 300 })).rejects.toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      origin: 'local',
    });
    await client.close();
    for (const ending of await endings) {
      expect(ending).toMatchObject({ status: 'rejected', reason: { code: 'CANCELLED' } });
    }
  });

  it('lets a call that was sent end with DEADLINE_EXCEEDED', async () => {
    const client = createClient(await bindDeaf());
    await client.connect();
    await expect(client.issueCall('take', [1], { timeout: 100 })).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      origin: 'local',
    });
  });
});
