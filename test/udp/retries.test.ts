import { Controller } from '@nestjs/common';
import { MessagePattern, RpcException } from '@nestjs/microservices';
import { describe, expect, test } from 'vitest';
import { vacantAddress } from '../robustness/processes.js';
import { createClient, startService } from '../support/nest.js';
import { RawDatagrams } from './raw-datagrams.js';

let runs = 0;

@Controller()
class FailingController {
  @MessagePattern('fail')
  fail(): never {
    runs++;
    throw new RpcException('no');
  }
}

async function startPeer(answer: (request: number) => unknown) {
  const peer = await RawDatagrams.bind();
  peer.answer(answer);
  const client = createClient({ connect: peer.address, extension: false });
  return { client, peer };
}

describe('retries', () => {
  test('repeat a call that was lost, until its response comes', async () => {
    const { client, peer } = await startPeer((request) => (request < 3 ? undefined : 'third'));

    expect(await client.issueCall('get', [1], { timeout: 500, retries: 9 })).toBe('third');

    expect(peer.decoded.map((call) => (call as unknown[]).slice(2))).toEqual([
      ['get', [1]],
      ['get', [1]],
      ['get', [1]],
    ]);
  });

  test('give each attempt an id of its own, so that no late response is taken for another', async () => {
    const { client, peer } = await startPeer((request) => (request < 3 ? undefined : 'third'));

    await client.issueCall('get', [], { timeout: 500, retries: 9 });

    expect(new Set(peer.decoded.map((call) => (call as unknown[])[1])).size).toBe(3);
  });

  test('give up after so many', async () => {
    const { client, peer } = await startPeer(() => undefined);

    await expect(client.issueCall('get', [], { timeout: 50, retries: 2 })).rejects.toMatchObject({
      origin: 'local',
      code: 'DEADLINE_EXCEEDED',
    });

    await client.notify.last();
    await expect.poll(() => peer.decoded.at(-1)).toEqual([2, 'last', []]);
    expect(peer.decoded).toHaveLength(1 + 2 + 1);
  });

  test('are none unless asked for', async () => {
    const { client, peer } = await startPeer(() => undefined);

    await client.issueCall('get', [], { timeout: 50 }).catch(() => undefined);

    await client.notify.last();
    await expect.poll(() => peer.decoded.at(-1)).toEqual([2, 'last', []]);
    expect(peer.decoded).toHaveLength(1 + 1);
  });

  test('give up where every attempt is refused', async () => {
    const client = createClient({ connect: await vacantAddress('udp'), timeout: 0 });

    await expect(client.issueCall('get', [], { retries: 3 })).rejects.toMatchObject({
      origin: 'local',
      code: 'UNAVAILABLE',
    });
  });

  test('end with the signal of the call', async () => {
    const { client, peer } = await startPeer(() => undefined);
    const controller = new AbortController();
    const { signal } = controller;

    const call = client.issueCall('get', [], { timeout: 50, retries: 1_000_000, signal });
    call.catch(() => undefined);
    await expect.poll(() => peer.received.length).toBeGreaterThan(1);
    controller.abort();

    await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  test('never follow an error response of the service', async () => {
    runs = 0;
    const { address } = await startService(
      { controllers: [FailingController] },
      { bind: 'udp://127.0.0.1:*' },
    );
    const client = createClient(address);

    await expect(client.issueCall('fail', [], { retries: 5 })).rejects.toMatchObject({
      origin: 'remote',
    });

    expect(runs).toBe(1);
  });

  test.each([-1, 1.5, NaN, Infinity, '3', null])('cannot be %j', async (retries) => {
    const { client, peer } = await startPeer(() => 'answer');

    const call = client.issueCall('get', [], { retries: retries as number });

    await expect(call).rejects.toMatchObject({
      message: expect.stringContaining('option retries'),
      code: 'INVALID_ARGUMENT',
    });
    expect(peer.received).toEqual([]);
  });
});
