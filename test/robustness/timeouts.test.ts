import { describe, expect, it } from 'vitest';
import { createClient } from '../support/nest.js';
import { callsHeld } from './inside.js';
import { echo, hang, listen } from './plain-service.js';

describe('calls that time out', () => {
  it('end with DEADLINE_EXCEEDED, and nothing is held of them', async () => {
    // Without the extension the server does not know the caller's time, and never ends a call first.
    const { address } = await listen(
      { requests: { hang, echo } },
      { bind: 'tcp://127.0.0.1:*', extension: false },
    );
    const client = createClient(address);
    await client.connect();
    // Long enough for a busy machine to send all of them: a call that was not sent has another code.
    const timeout = 250;
    const calls = Array.from({ length: 200 }, () => client.issueCall('hang', [], { timeout }));
    for (const ending of await Promise.allSettled(calls)) {
      expect(ending).toMatchObject({
        status: 'rejected',
        reason: { code: 'DEADLINE_EXCEEDED', context: { method: 'hang', timeout } },
      });
    }
    expect(callsHeld(client)).toBe(0);
    expect(await client.issueCall('echo', [1], { timeout: 0 })).toBe(1);
  });

  it('drop and count the responses that come too late', async () => {
    const answers: (() => void)[] = [];
    const { address } = await listen(
      {
        requests: {
          // The server's own limit, the caller's, must not end it: see the client's extension.
          late: () => new Promise((resolve) => answers.push(() => resolve('late'))),
          echo,
        },
      },
      { bind: 'tcp://127.0.0.1:*', timeout: 0 },
    );
    const client = createClient({ connect: address, extension: false });
    await client.connect();
    const calls = [1, 2, 3].map(() => client.issueCall('late', [], { timeout: 200 }));
    // An answer in between shows that the link is alive, so it is kept.
    const alive = client.issueCall('echo', [1], { timeout: 0 });
    await expect.poll(() => answers.length).toBe(3);
    expect(await alive).toBe(1);
    await Promise.allSettled(calls);

    answers.forEach((answer) => answer());
    await expect.poll(() => client.dropCounts.get('late response')).toBe(3);
    expect(client.dropCounts.get('response to no call')).toBeUndefined();
  });
});

describe('a client that was displaced by another of its identity', () => {
  /** A client that nothing reaches any more, and that does not know it. */
  async function displace(heartbeat: number) {
    const { address } = await listen({ requests: { echo } });
    const displaced = createClient({ connect: address, identity: 'twin', heartbeat });
    expect(await displaced.call.echo('first')).toBe('first');
    const successor = createClient({ connect: address, identity: 'twin' });
    expect(await successor.call.echo('second')).toBe('second');
    return displaced;
  }

  it('times out once, and its next call works, with heartbeat: 0', async () => {
    const displaced = await displace(0);
    await expect(displaced.issueCall('echo', ['deaf'], { timeout: 100 })).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    expect(await displaced.issueCall('echo', ['again'], { timeout: 0 })).toBe('again');
  });

  it('times out, and its calls work once no PING was answered', async () => {
    const displaced = await displace(100);
    const lost = new Promise<void>((resolve) => displaced.on('disconnect', () => resolve()));
    await expect(displaced.issueCall('echo', ['deaf'], { timeout: 100 })).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    await lost;
    expect(await displaced.issueCall('echo', ['again'], { timeout: 0 })).toBe('again');
  });
});
