// One of several equal services: `node replica-process.js <address> <milliseconds of a call>`. Reports
// to its parent where it listens, and after SIGTERM which calls it has run.
import { setTimeout } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { RemoteServer } from 'nestjs-remote';

Logger.overrideLogger(false);

const [, , bind = 'tcp://127.0.0.1:*', duration = '0'] = process.argv;
const delay = Number(duration);
const ran: unknown[] = [];
const server = new RemoteServer({ bind });
server.addHandler('work', (name: unknown) => {
  ran.push(name);
  return delay > 0 ? setTimeout(delay, name) : Promise.resolve(name);
});
server.addHandler('block', (time: number) => {
  for (const end = performance.now() + time; performance.now() < end;);
  return Promise.resolve();
});
process.once('SIGTERM', () => {
  void server.close().then(() => process.send?.(ran, () => process.disconnect()));
});
server.listen((error) => {
  if (error) {
    throw error;
  }
  process.send?.(server.addresses[0]);
});
