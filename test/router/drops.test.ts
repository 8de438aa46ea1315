import { describe, expect, it } from 'vitest';
import { join, startRouter } from './peers.js';

describe('A router drops and counts', () => {
  const dropped = async (
    frames: (string | Buffer)[],
    identity: string | Buffer = 'cli',
  ): Promise<{ counts: ReadonlyMap<string, number>; logs: string[] }> => {
    const running = await startRouter();
    const client = await join(running, running.frontend, identity);
    await client.send(frames);
    await expect.poll(() => running.router.counts.dropped.size).toBe(1);
    return { counts: running.router.counts.dropped, logs: running.logs };
  };

  it('a message to its own sender', async () => {
    const { counts, logs } = await dropped(['cli', 'payload']);

    expect(counts).toEqual(new Map([['loopback not allowed', 1]]));
    expect(logs).toContain(
      'Router dropped 1: loopback not allowed. cli (more within 10 s are only counted)',
    );
  });

  it('a message of one frame that is no greeting', async () => {
    const { counts, logs } = await dropped(['lonely']);

    expect(counts).toEqual(new Map([['wrong number of frames', 1]]));
    expect(logs).toContain(
      'Router dropped 1: wrong number of frames. 1 from cli (more within 10 s are only counted)',
    );
  });

  it('a message to nobody it knows', async () => {
    const { counts, logs } = await dropped(['nobody', 'payload']);

    expect(counts).toEqual(new Map([['recipient unreachable', 1]]));
    expect(logs).toContain(
      'Router dropped 1: recipient unreachable. cli to nobody (more within 10 s are only counted)',
    );
  });

  it('a message to an empty identity', async () => {
    expect((await dropped(['', 'payload'])).counts).toEqual(
      new Map([['recipient unreachable', 1]]),
    );
  });

  it('a message to a peer of the same side', async () => {
    const running = await startRouter();
    await join(running, running.frontend, 'other');
    const client = await join(running, running.frontend, 'cli');
    await client.send(['other', 'payload']);

    await expect
      .poll(() => running.router.counts.dropped)
      .toEqual(new Map([['recipient unreachable', 1]]));
  });

  it('and names identities that are no text in hex', async () => {
    const { logs } = await dropped(['nobody', 'payload'], Buffer.from([1, 0xfe]));

    expect(logs).toContain('Arrival or departure of 0x01fe at the frontend');
    expect(logs).toContain(
      'Router dropped 1: recipient unreachable. 0x01fe to nobody (more within 10 s are only counted)',
    );
  });
});

describe('A router logs', () => {
  it('which peers connected and disconnected, and at which side', async () => {
    const running = await startRouter();
    const service = await join(running, running.backend, 'svc');
    expect(running.logs).toContain('Arrival or departure of svc at the backend');

    service.close();

    await expect.poll(() => running.logs.filter((line) => line.includes('of svc'))).toHaveLength(2);
  });

  it('where it listens', async () => {
    const { frontend, backend, logs } = await startRouter();

    expect(logs).toEqual([`Router started: frontend ${frontend}, backend ${backend}`]);
  });
});
