import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { trace } from '@opentelemetry/api';
import { type RemoteCallError, RemoteClient, RemoteServer, Router } from 'nestjs-remote';
import { registerRemoteMetrics } from 'nestjs-remote/prometheus';
import { register } from 'prom-client';
import { lastValueFrom, toArray } from 'rxjs';
import { setImmediate } from 'node:timers/promises';
import { check, finish, step, write } from '../support/report.js';
import { ShopController } from './shop.controller.js';
import { countsOf, spanCount, stopTelemetry, takeTrace } from './telemetry.js';

@Module({ controllers: [ShopController] })
class ShopModule {}

const router = await Router.bind({
  frontend: 'tcp://127.0.0.1:*',
  backend: 'tcp://127.0.0.1:*',
  logger: false,
});
const [frontend = ''] = router.addresses.frontend;
const [backend = ''] = router.addresses.backend;
const server = new RemoteServer({ connect: backend, identity: 'shop' });
const service = await NestFactory.createMicroservice(ShopModule, {
  strategy: server,
  logger: ['error', 'warn'],
});
await service.listen();
const client = new RemoteClient({ connect: frontend, address: 'shop' });
registerRemoteMetrics({ clients: { shop: client }, servers: { shop: server } });

const codeOf = ({ code }: RemoteCallError): string => code;

/** A service is reachable a moment after its start. Until then the router returns calls at once. */
async function ready(): Promise<void> {
  if ((await client.issueCall('ready').catch(codeOf)) !== 'UNIMPLEMENTED') {
    await ready();
  }
}

await ready();
await traced(() => spanCount() > 0);
takeTrace();
const before = { ...client.stats.errors };

write('Traces, through a router');
await step("order('tea')", () => client.call.order('tea'), 'ordered tea');
await traced(() => spanCount() === 3);
checkTrace(['client order', '  server order', '    insert order']);

const caller = trace.getTracer('caller');
await step(
  "order('tea') within a span of its caller",
  () =>
    caller.startActiveSpan('checkout', async (span) => {
      const ordered: unknown = await client.call.order('tea');
      span.end();
      return ordered;
    }),
  'ordered tea',
);
await traced(() => spanCount() === 4);
checkTrace(['checkout', '  client order', '    server order', '      insert order']);

await step(
  "order('unicorn')",
  () => client.call.order('unicorn').catch(codeOf),
  'PERMISSION_DENIED',
);
await traced(() => spanCount() === 3);
checkTrace([
  'client order PERMISSION_DENIED',
  '  server order PERMISSION_DENIED',
  '    insert order',
]);

await step("send('track', {})", () => lastValueFrom(client.send('track', {}).pipe(toArray())), [
  'packed',
  'on its way',
  'delivered',
]);
await traced(() => spanCount() === 2);
checkTrace(['client track', '  server track']);

await step(
  "issueCall('wait', [], { signal })",
  () => client.issueCall('wait', [], { signal: AbortSignal.timeout(50) }).catch(codeOf),
  'CANCELLED',
);
await traced(() => spanCount() === 2);
checkTrace(['client wait CANCELLED', '  server wait CANCELLED']);

await step("notify.viewed('tea')", () => client.notify.viewed('tea'), undefined);
await traced(() => spanCount() === 3);
checkTrace(['producer send viewed', '  consumer process viewed', '    count view']);

write('\nMetrics of OpenTelemetry');
const { '_OTHER UNIMPLEMENTED': _ready, ...counts } = await countsOf('rpc.server.call.duration');
check('rpc.server.call.duration', counts, {
  'order OK': 2,
  'order PERMISSION_DENIED': 1,
  'track OK': 1,
  'wait CANCELLED': 1,
});

write('\nMetrics of Prometheus');
const lines = (await register.metrics()).split('\n');
for (const line of lines.filter((text) => /_(seconds|flight|bytes_total)\{/.test(text))) {
  write(`  ${line}`);
}
const errors = lines.filter((text) => /errors_total\{.*(CANCELLED|DENIED)/.test(text));
check('nestjs_remote_call_errors_total', errors.toSorted(), [
  'nestjs_remote_call_errors_total{side="client",name="shop",code="CANCELLED"} 1',
  'nestjs_remote_call_errors_total{side="client",name="shop",code="PERMISSION_DENIED"} 1',
  'nestjs_remote_call_errors_total{side="server",name="shop",code="CANCELLED"} 1',
  'nestjs_remote_call_errors_total{side="server",name="shop",code="PERMISSION_DENIED"} 1',
]);

write('\nCounts');
check('client.stats.inFlight', client.stats.inFlight, 0);
check('client.stats.errors', client.stats.errors, {
  ...before,
  PERMISSION_DENIED: 1,
  CANCELLED: 1,
});
write(
  `  median of ${server.stats.latency.count} requests: ${server.stats.latency.percentile(50)} ns`,
);

await client.close();
await service.close();
await router.close();
await stopTelemetry();
finish();

/** Prints the spans since the last time, and notes whether they are as expected. */
function checkTrace(expected: readonly string[]): void {
  const spans = takeTrace();
  spans.forEach((line) => write(`    ${line}`));
  check('its trace', spans, expected);
}

/** Waits for spans, some of which end after the response has come. */
async function traced(isComplete: () => boolean): Promise<void> {
  while (!isComplete()) {
    await setImmediate();
  }
}
