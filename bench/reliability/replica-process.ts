// One of several equal services: `node replica-process.js <options as JSON>`. Reports to its parent where it
// listens, and after SIGTERM which calls it has run.
import { setTimeout } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { RemoteServer, etcd } from 'nestjs-remote';
import type { ReplicaOptions } from './replica.js';

Logger.overrideLogger(false);

const options = JSON.parse(process.argv[2] as string) as ReplicaOptions;
const { bind = 'tcp://127.0.0.1:*', duration: delay = 0, engine = 'zeromq', register } = options;
const ran: unknown[] = [];
const server = new RemoteServer({ bind, engine, ...(register && { register: etcd(register) }) });
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
