import { describe, expect, it } from 'vitest';
import { packedTcp } from '../../bench/limits/packed-tcp.js';
import { packedZeromq } from '../../bench/limits/packed-zeromq.js';
import { PackedClient } from '../../bench/limits/packed-client.js';
import type { LoadClient } from '../../bench/transports/transport.js';

function call(client: LoadClient, data: [number, number]): Promise<unknown> {
  return new Promise((resolve) => client.send('add', data).subscribe({ next: resolve }));
}

function emit(client: LoadClient): Promise<void> {
  return new Promise((resolve) => client.emit('happened', [1, 2]).subscribe({ complete: resolve }));
}

describe.each([packedZeromq, packedTcp])('the limit $title', (limit) => {
  it('responds to each call of many clients', async () => {
    const { address, close } = await limit.listen(0);
    const opened = await limit.openClients(address, 3);
    const calls = opened.clients.flatMap((client, index) => [
      call(client, [index, 1]),
      call(client, [index, 2]),
    ]);
    expect(await Promise.all(calls)).toEqual([1, 2, 2, 3, 3, 4]);
    await opened.close();
    await close();
  });

  it('counts the events that it handled', async () => {
    const { address, countEvents, close } = await limit.listen(0);
    const opened = await limit.openClients(address, 1);
    await Promise.all(Array.from({ length: 1000 }, () => emit(opened.clients[0]!)));
    await expect.poll(() => countEvents().handled).toBe(1000);
    await opened.close();
    await close();
  });
});

describe('the client of a limit', () => {
  it('sends the calls and events of one tick as one message', async () => {
    const messages: Buffer[] = [];
    const client = new PackedClient(async (message) => void messages.push(message));
    client.send('add', [1, 2]).subscribe({});
    client.send('add', [3, 4]).subscribe({});
    await emit(client);
    expect(messages).toHaveLength(1);
  });
});
