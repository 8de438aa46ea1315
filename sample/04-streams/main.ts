import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type RemoteCallError, RemoteClient, RemoteServer } from 'nestjs-remote';
import { type Observable, lastValueFrom, take, tap, timeout, toArray } from 'rxjs';
import { setImmediate } from 'node:timers/promises';
import { NO_PYTHON, startPython } from '../support/python.js';
import { check, finish, step, write } from '../support/report.js';
import { SurveyController, stopped } from './survey.controller.js';

/** More fields than anybody waits for. */
const ENDLESS = 1_000_000;

@Module({ controllers: [SurveyController] })
class SurveyModule {}

const server = new RemoteServer({ bind: 'tcp://127.0.0.1:*' });
const service = await NestFactory.createMicroservice(SurveyModule, {
  strategy: server,
  logger: ['error', 'warn'],
});
await service.listen();
const [address = ''] = server.addresses;
write(`The survey listens on ${address}`);

const client = new RemoteClient({ connect: address });
await client.connect();

write('\nValue by value');
await step("send('survey', 5)", () => all(client.send('survey', 5)), [20, 40, 60, 80, 100]);
await step('call.survey(5), the last one', () => client.call.survey(5), 100);
const furrows: string[] = [];
await step(
  "send('plough', {}), an error after values",
  () =>
    lastValueFrom(client.send('plough', {}).pipe(tap((furrow) => furrows.push(furrow)))).catch(
      (error: unknown) => error,
    ),
  { message: 'a stone', field: 3 },
);
check('what came before it', furrows, ['first field', 'second field']);

write('\nUntil enough was seen');
await step(
  "send('humidity', {}).pipe(take(3))",
  () => all(client.send('humidity', {}).pipe(take(3))),
  [40, 41, 42],
);
await stops('the handler, unsubscribed', 'humidity: unsubscribed');

write('\nUntil it takes too long');
await step(
  "issueCall('survey', […], { signal })",
  () =>
    client
      .issueCall('survey', [ENDLESS], { signal: AbortSignal.timeout(50) })
      .catch(({ origin, code }: RemoteCallError) => `${origin}: ${code}`),
  'local: CANCELLED',
);
await stops('the generator, whose finally ran', 'survey: CANCELLED');
await step(
  "send('survey', …).pipe(toArray(), timeout(50))",
  () =>
    lastValueFrom(client.send('survey', ENDLESS).pipe(toArray(), timeout(50))).catch(
      ({ name }: Error) => name,
    ),
  'TimeoutError',
);
await stops('the generator, whose finally ran', 'survey: CANCELLED');

write('\nFrom Python, which gets the last one');
const python = startPython('04-streams/client.py', address);
if (python) {
  const results: unknown[] = [];
  for await (const line of python.lines) {
    results.push(JSON.parse(line));
  }
  check("call('survey', 5)", results, [100]);
} else {
  write(NO_PYTHON);
}

write('\nThe service closes meanwhile');
let closed: Promise<void> | undefined;
await step(
  "send('survey', 5)",
  () => all(client.send<number>('survey', 5).pipe(tap(closeService))),
  [20, 40, 60, 80, 100],
);
await closed;

await client.close();
finish();

function closeService(): void {
  closed ??= service.close();
}

function all<Value>(values: Observable<Value>): Promise<Value[]> {
  return lastValueFrom(values.pipe(toArray()));
}

/** Waits until a handler has stopped, and notes why. */
async function stops(title: string, expected: string): Promise<void> {
  while (stopped.length === 0) {
    await setImmediate();
  }
  check(title, stopped.splice(0), [expected]);
}
