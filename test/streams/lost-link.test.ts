import { describe, expect, it } from 'vitest';
import { callsHeld } from '../robustness/inside.js';
import { startChildService } from '../robustness/processes.js';
import { createClient } from '../support/nest.js';

describe('a stream whose service is killed', () => {
  it('ends with UNAVAILABLE after its values, and the next call gets its response', async () => {
    const service = await startChildService();
    const client = createClient({ connect: service.address, timeout: 0 });
    const values: unknown[] = [];
    const ended = new Promise((resolve) => {
      client.send('ticks', 1).subscribe({
        next: (value) => values.push(value),
        error: resolve,
        complete: () => resolve('completed'),
      });
    });
    await expect.poll(() => values.length).toBeGreaterThan(2);

    await service.kill();
    expect(await ended).toMatchObject({ code: 'UNAVAILABLE', origin: 'local' });
    expect(values).toEqual(values.map((_, index) => index));
    expect(callsHeld(client)).toBe(0);

    await startChildService(service.address);
    expect(await client.call.add(1, 2)).toBe(3);
  });
});
