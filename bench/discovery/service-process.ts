// One of many equal services that register in etcd: `node service-process.js <endpoint> <name>`. Reports to
// its parent where it listens, and after SIGTERM which calls it has run.
import { Logger } from '@nestjs/common';
import { RemoteServer, etcd } from 'nestjs-remote';

Logger.overrideLogger(false);

const [, , endpoints = '', name = ''] = process.argv;
const ran: unknown[] = [];
const server = new RemoteServer({
  bind: 'tcp://127.0.0.1:0',
  engine: 'net',
  register: etcd({ endpoints, name }),
});
server.addHandler('work', (call: unknown) => {
  ran.push(call);
  return Promise.resolve(call);
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
