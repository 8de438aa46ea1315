import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientsModule } from '@nestjs/microservices';
import { RemoteCallError, RemoteClient, RemoteServer, remoteClient } from 'nestjs-remote';
import { firstValueFrom } from 'rxjs';
import type { Calculator } from './calculator.js';
import { CalculatorController } from './calculator.controller.js';
import { NO_PYTHON, startPython } from '../support/python.js';
import { check, finish, step, write } from '../support/report.js';

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
const python = startPython('01-calculator/client.py', address);
if (python) {
  const calls: { result: unknown; elapsed: number }[] = [];
  for await (const line of python.lines) {
    calls.push(JSON.parse(line));
  }
  const [add, divide] = calls;
  check("call('add', 1, 2)", add?.result, 3, add?.elapsed);
  check(
    "call('divide', 1, 0), a remote error",
    divide?.result,
    ['division by zero', { dividend: 1 }],
    divide?.elapsed,
  );
} else {
  write(NO_PYTHON);
}

await caller.close();
await service.close();
finish();

function describeError(error: RemoteCallError): string {
  return `${error.origin}: ${error.message} ${JSON.stringify(error.context)}`;
}

function codeOf(error: RemoteCallError): string {
  return `${error.origin}: ${error.code}`;
}
