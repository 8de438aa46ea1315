import type { MessageHandler } from '@nestjs/microservices';
import { Subject, lastValueFrom, of, throwError, toArray } from 'rxjs';
import { expect, it } from 'vitest';
import { echo, listen } from '../robustness/plain-service.js';
import { vacantAddress } from '../robustness/processes.js';
import { createClient } from '../support/nest.js';

const fail: MessageHandler = async () =>
  throwError(() => ({ message: 'no', code: 'PERMISSION_DENIED' }));

it('both sides count calls, errors by code and bytes from the beginning', async () => {
  const { server, address } = await listen({ requests: { echo, fail }, events: { stop: echo } });
  const client = createClient(address);
  await client.issueCall('echo', ['x']);
  await client.issueCall('fail').catch(() => undefined);
  await client.issueCall('fail').catch(() => undefined);
  await client.issueCall('missing').catch(() => undefined);
  await client.notify.stop();
  await expect.poll(() => server.stats.calls).toBe(5);
  const counts = { calls: 5, inFlight: 0, errors: { PERMISSION_DENIED: 2, UNIMPLEMENTED: 1 } };
  await expect.poll(() => server.stats.inFlight).toBe(0);
  expect(client.stats).toMatchObject(counts);
  expect(server.stats).toMatchObject(counts);
});

it('what one side sends is what the other receives', async () => {
  const { server, address } = await listen({ requests: { echo } });
  const client = createClient({ connect: address, heartbeat: 0 });
  await client.issueCall('echo', ['x']);
  const before = { ...JSON.parse(JSON.stringify(client.stats)) } as { bytesIn: number };
  const bytes = { in: server.stats.bytesIn, out: server.stats.bytesOut };
  expect(client.stats.bytesOut).toBe(bytes.in);
  await client.issueCall('echo', [Buffer.alloc(100_000)]);
  expect(server.stats.bytesIn - bytes.in).toBeGreaterThan(100_000);
  expect(client.stats.bytesIn - before.bytesIn).toBe(server.stats.bytesOut - bytes.out);
});

it('calls are in flight until they have their response', async () => {
  const values = new Subject<number>();
  const { server, address } = await listen({ requests: { run: async () => values } });
  const client = createClient(address);
  const all = lastValueFrom(client.send('run', 'x').pipe(toArray()));
  await expect.poll(() => values.observed).toBe(true);
  expect([client.stats.inFlight, server.stats.inFlight]).toEqual([1, 1]);
  values.next(1);
  values.complete();
  await all;
  expect([client.stats.inFlight, server.stats.inFlight]).toEqual([0, 0]);
});

it('a call that cannot be sent is in flight no more, and counts by its code', async () => {
  const client = createClient({ connect: await vacantAddress(), timeout: 20 });
  await client.issueCall('echo', ['x']).catch(() => undefined);
  expect(client.stats).toMatchObject({
    calls: 1,
    inFlight: 0,
    errors: { UNAVAILABLE: 1 },
    bytesOut: 0,
  });
});

it('the latency of requests is measured from its first reading on', async () => {
  const { server, address } = await listen({ requests: { echo }, events: { stop: echo } });
  const client = createClient(address);
  await client.issueCall('echo', ['x']);
  expect([client.stats.latency.count, server.stats.latency.count]).toEqual([0, 0]);
  await client.issueCall('echo', ['x']);
  await client.issueCall('echo', ['x'], { timeout: 0 });
  await client.notify.stop();
  await expect.poll(() => server.stats.calls).toBe(4);
  await expect.poll(() => server.stats.inFlight).toBe(0);
  for (const { latency } of [client.stats, server.stats]) {
    expect(latency.count).toBe(2);
    expect(latency.percentile(50)).toBeGreaterThan(0);
    expect(latency.max).toBeLessThan(60e9);
  }
});

it('counts are printed without the histogram', async () => {
  const { server } = await listen({ requests: { run: async () => of(1) } });
  expect(JSON.parse(JSON.stringify(server.stats))).toEqual({
    calls: 0,
    inFlight: 0,
    errors: {},
    bytesIn: 0,
    bytesOut: 0,
  });
});
