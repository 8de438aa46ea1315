import { firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createClient } from '../support/nest.js';
import { hasSockets } from './inside.js';
import { echo, listen } from './plain-service.js';
import { runFixture, vacantAddress } from './processes.js';

describe('connecting where nobody listens', () => {
  it('fails for each of 100 discarded clients, and lets the process exit by itself', async () => {
    const address = await vacantAddress();
    const { code, output } = await runFixture('failed-connects.mjs', address);
    expect(code).toBe(0);
    const endings = JSON.parse(output) as { message: string }[];
    expect(endings).toHaveLength(100);
    for (const ending of endings) {
      expect(ending).toMatchObject({ code: 'UNAVAILABLE', hasSockets: false });
      expect(ending.message).toContain(address);
    }
  });

  it('leaves no socket open after a health check that failed hundreds of times', async () => {
    const address = await vacantAddress();
    const client = createClient({ connect: address, timeout: 5 });
    for (let check = 0; check < 300; check++) {
      await expect(client.connect()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      expect(hasSockets(client)).toBe(false);
    }
    await listen({ requests: { echo } }, { bind: address });
    expect(await createClient(address).call.echo('still here')).toBe('still here');
  });

  it('succeeds at last for the client whose health checks failed', async () => {
    const address = await vacantAddress();
    const client = createClient({ connect: address, timeout: 5 });
    await expect(client.connect()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await listen({ requests: { echo } }, { bind: address });
    expect(await client.issueCall('echo', [1], { timeout: 0 })).toBe(1);
  });
});

describe('a service that starts after its clients', () => {
  it('responds to the calls that waited for it', async () => {
    const address = await vacantAddress();
    const client = createClient({ connect: address, timeout: 0 });
    const answers = Promise.all([client.call.echo(1), firstValueFrom(client.send('echo', 2))]);
    await listen({ requests: { echo } }, { bind: address });
    expect(await answers).toEqual([1, 2]);
  });

  it('gets the events that waited for it, in order', async () => {
    const address = await vacantAddress();
    const client = createClient({ connect: address, timeout: 0 });
    const received: unknown[] = [];
    const sent = [1, 2, 3].map((value) => firstValueFrom(client.emit('moved', value)));
    await listen(
      { events: { moved: (value) => Promise.resolve(received.push(value)) } },
      { bind: address },
    );
    await Promise.all(sent);
    await expect.poll(() => received).toEqual([1, 2, 3]);
  });
});
