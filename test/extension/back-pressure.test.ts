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
  it('lets calls that waited unsent until their timeout end with RESOURCE_EXHAUSTED', async () => {
    const client = createClient({
      connect: await bindDeaf(),
      socketOptions: { sendHighWaterMark: 1, sendBufferSize: 64 * 1024 },
    });
    await client.connect();
    const endings = await Promise.all(
      Array.from({ length: 100 }, () =>
        client
          .issueCall('take', [QUARTER_MEBIBYTE], { timeout: 300 })
          .catch((error: { code: string; origin: string }) => [error.code, error.origin]),
      ),
    );
    expect(endings.at(-1)).toEqual(['RESOURCE_EXHAUSTED', 'local']);
    for (const ending of endings) {
      expect(ending).toEqual([
        expect.stringMatching(/^(?:RESOURCE_EXHAUSTED|DEADLINE_EXCEEDED)$/u),
        'local',
      ]);
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
