import { lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createClient } from '../support/nest.js';
import { startChildService } from './processes.js';

describe('a client whose link is lost', () => {
  it('keeps the calls that were not sent, and gets their responses after the return', async () => {
    const service = await startChildService();
    const client = createClient({ connect: service.address, timeout: 0 });
    await client.connect();
    const lost = new Promise<void>((resolve) => client.on('disconnect', () => resolve()));
    await service.kill();
    await lost;

    const answers = Promise.all([1, 2, 3].map((value) => client.call.echo(value)));
    const event = lastValueFrom(client.emit('moved', 1));
    await startChildService(service.address);
    expect(await answers).toEqual([1, 2, 3]);
    await expect(event).resolves.toBeUndefined();
  });

  it('says so by its status', async () => {
    const service = await startChildService();
    const client = createClient({ connect: service.address, timeout: 0 });
    const statuses: unknown[] = [];
    client.status.subscribe((status) => statuses.push(status));
    await client.connect();
    await service.kill();
    await expect.poll(() => statuses).toEqual(['connected', 'disconnected']);
    await startChildService(service.address);
    await expect.poll(() => statuses).toEqual(['connected', 'disconnected', 'connected']);
  });

  it('goes on with the other of two servers', async () => {
    const [first, second] = await Promise.all([startChildService(), startChildService()]);
    const client = createClient({ connect: [first.address, second.address], timeout: 0 });
    const pids = new Set<unknown>();
    await expect.poll(async () => pids.add(await client.call.pid()).size).toBe(2);

    const lost = new Promise<void>((resolve) => client.on('disconnect', () => resolve()));
    await first.kill();
    await lost;
    const answering = await Promise.all(Array.from({ length: 20 }, () => client.call.pid()));
    expect(new Set(answering).size).toBe(1);
  });
});
