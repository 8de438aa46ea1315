import { Registry } from 'prom-client';
import { registerRemoteMetrics } from 'nestjs-remote/prometheus';
import { expect, it } from 'vitest';
import { echo, listen } from '../robustness/plain-service.js';
import { createClient } from '../support/nest.js';

it('clients and servers are lines of /metrics, as they are when it is read', async () => {
  const register = new Registry();
  const { server, address } = await listen({ requests: { echo } });
  const client = createClient(address);
  registerRemoteMetrics({ clients: { math: client }, servers: { shop: server } }, register);
  expect(await register.metrics()).toContain(
    'nestjs_remote_calls_total{side="client",name="math"} 0',
  );
  await client.issueCall('echo', ['x']);
  await client.issueCall('missing').catch(() => undefined);
  const { bytesOut } = client.stats;
  const text = await register.metrics();
  const lines = text.split('\n');
  expect(lines).toEqual(
    expect.arrayContaining([
      '# TYPE nestjs_remote_calls_total counter',
      'nestjs_remote_calls_total{side="client",name="math"} 2',
      'nestjs_remote_calls_total{side="server",name="shop"} 2',
      'nestjs_remote_call_errors_total{side="client",name="math",code="UNIMPLEMENTED"} 1',
      '# TYPE nestjs_remote_calls_in_flight gauge',
      'nestjs_remote_calls_in_flight{side="client",name="math"} 0',
      `nestjs_remote_sent_bytes_total{side="client",name="math"} ${bytesOut}`,
      `nestjs_remote_received_bytes_total{side="server",name="shop"} ${bytesOut}`,
      '# TYPE nestjs_remote_request_duration_seconds summary',
      'nestjs_remote_request_duration_seconds_count{side="client",name="math"} 2',
    ]),
  );
  expect(text).toMatch(
    /^nestjs_remote_request_duration_seconds\{side="client",name="math",quantile="0.99"\} 0\.\d+$/m,
  );
  expect(text).toMatch(/^nestjs_remote_request_duration_seconds_sum\{.*\} 0\.\d+$/m);
});

it('drops are counted by reason', async () => {
  const register = new Registry();
  const { server, address } = await listen({ requests: { echo } });
  registerRemoteMetrics({ servers: { shop: server } }, register);
  const client = createClient(address);
  await client.notify.missing();
  const line =
    'nestjs_remote_dropped_total{side="server",name="shop",reason="event without a handler"} 1';
  await expect.poll(() => register.metrics()).toContain(line);
});
