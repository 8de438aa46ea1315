import { type RemoteClient, Tag } from 'nestjs-remote';
import { describe, expect, it } from 'vitest';
import { startRouter } from '../router/peers.js';
import { echo, listen } from '../robustness/plain-service.js';
import { createClient } from '../support/nest.js';
import { RawClient } from './raw-client.js';
import { ATTACHMENT_TAG, attachment } from './wire.js';

/** The smallest byte string that is attached. */
const LARGE = 16 * 1024;

const bytes = (length: number, fill = 7): Buffer => Buffer.alloc(length, fill);

/** Large values are compared here: their difference would take minutes to print. */
const isSame = (value: unknown, expected: Buffer): boolean =>
  Buffer.isBuffer(value) && value.equals(expected);

describe('large byte strings between a client and a server', () => {
  const sizes = [LARGE - 1, LARGE, LARGE + 1, 1024 * 1024];

  async function expectEqual(client: RemoteClient): Promise<void> {
    for (const size of [...sizes, ...sizes]) {
      expect(isSame(await client.call.echo(bytes(size)), bytes(size))).toBe(true);
    }
  }

  it('come back equal over a direct link', async () => {
    const { address } = await listen({ requests: { echo } });
    await expectEqual(createClient(address));
  });

  it('come back equal through a router', async () => {
    const { frontend, backend } = await startRouter();
    await listen({ requests: { echo } }, { connect: backend, identity: 'svc' });
    const client: RemoteClient = createClient({ connect: frontend, address: 'svc' });
    await expect.poll(() => client.call.echo(0).catch(() => undefined)).toBe(0);
    await expectEqual(client);
  });

  it('come back equal where a direct client names an address', async () => {
    const { address } = await listen({ requests: { echo } });
    await expectEqual(createClient({ connect: address, address: 'whatever' }));
  });

  it('come back equal many at once', async () => {
    const { address } = await listen({ requests: { echo } });
    const client: RemoteClient = createClient({ connect: address, timeout: 0 });
    await client.call.echo(0);
    const answers: unknown[] = await Promise.all(
      Array.from({ length: 200 }, (_, fill) => client.call.echo([bytes(20_000, fill), fill])),
    );
    const isRight = answers.map((answer, fill) => {
      const [value, number] = answer as [unknown, number];
      return number === fill && isSame(value, bytes(20_000, fill));
    });
    expect(isRight).toEqual(isRight.map(() => true));
  });

  it.each([100, LARGE, 1024 * 1024])(
    'of %i bytes arrive as they were at the call, whatever becomes of them after it',
    async (size) => {
      const { address } = await listen({ requests: { echo } });
      const client: RemoteClient = createClient(address);
      await client.call.echo(0);
      const value = bytes(size, 1);
      const answer: Promise<unknown> = client.call.echo(value);
      value.fill(2);
      expect(isSame(await answer, bytes(size, 1))).toBe(true);
    },
  );
});

describe('tag 65000', () => {
  it('without header key 3 is a tag like any other', async () => {
    const { address } = await listen({
      requests: { describe: async (tag: Tag) => [tag instanceof Tag, tag.tag, tag.value] },
    });
    const answer = await new RawClient(address).call('describe', [attachment(0)]);
    expect(answer.envelope[3]).toEqual([true, ATTACHMENT_TAG, 0]);
  });

  it('cannot be sent', async () => {
    const { address } = await listen({ requests: { echo } });
    const client = createClient(address);
    await expect(client.call.echo(new Tag(ATTACHMENT_TAG, 0))).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      origin: 'local',
    });
  });
});
