import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientsModule } from '@nestjs/microservices';
import { RemoteCallError, RemoteClient, RemoteServer, remoteClient } from 'nestjs-remote';
import { firstValueFrom } from 'rxjs';
import type { Calculator } from './calculator.js';
import { CalculatorController } from './calculator.controller.js';
import { callFromPython } from './python.js';
import { check, countFailures, step, write } from './report.js';

@Module({ controllers: [CalculatorController] })
class CalculatorModule {}

const server = new RemoteServer({ bind: 'tcp://127.0.0.1:*' });
const service = await NestFactory.createMicroservice(CalculatorModule, {
  strategy: server,
  logger: ['error', 'warn'],
});
await service.listen();
const [address = ''] = server.addresses;
write(`The calculator listens on ${address}`);

@Module({
  imports: [ClientsModule.register([remoteClient({ name: 'CALCULATOR', connect: address })])],
})
class CallerModule {}

const caller = await NestFactory.createApplicationContext(CallerModule, {
  logger: ['error', 'warn'],
});
const calculator = caller.get<RemoteClient<Calculator>>('CALCULATOR');
await calculator.connect();

write('\nFrom Nest');
await step('call.add(1, 2)', () => calculator.call.add(1, 2), 3);
await step("send('sum', [1, 2, 3])", () => firstValueFrom(calculator.send('sum', [1, 2, 3])), 6);
await step('call.divide(2n ** 64n, 3)', () => calculator.call.divide(2n ** 64n, 3), 2n ** 64n / 3n);
await step(
  'call.divide(1, 0), a remote error',
  () => calculator.call.divide(1, 0).catch(describeError),
  'remote: division by zero {"dividend":1}',
);
await step(
  "issueCall('factorise', [], { timeout: 100 }), a timeout",
  () => calculator.issueCall('factorise', [], { timeout: 100 }).catch(codeOf),
  'local: DEADLINE_EXCEEDED',
);
await step(
  "emit('store', 42), an event",
  () => firstValueFrom(calculator.emit('store', 42)),
  undefined,
);
await step('call.recall()', () => calculator.call.recall(), 42);

write('\nFrom Python');
const fromPython = await callFromPython(address);
if (fromPython === undefined) {
  write('- skipped: no python3 with pyzmq and cbor2 (Debian: python3-zmq python3-cbor2)');
} else {
  const [add, divide] = fromPython;
  check("call('add', 1, 2)", add?.result, add?.elapsed ?? 0, 3);
  check("call('divide', 1, 0), a remote error", divide?.result, divide?.elapsed ?? 0, [
    'division by zero',
    { dividend: 1 },
  ]);
}

await caller.close();
await service.close();
const failures = countFailures();
write(failures === 0 ? '\nAll as expected.' : `\n${failures} not as expected.`);
process.exitCode = failures === 0 ? 0 : 1;

function describeError(error: RemoteCallError): string {
  return `${error.origin}: ${error.message} ${JSON.stringify(error.context)}`;
}

function codeOf(error: RemoteCallError): string {
  return `${error.origin}: ${error.code}`;
}
