// A service in a process of its own: `node recovery-service.js <address> <milliseconds> <engine>`. Reports to
// its parent where and since when it listens, and serves until it is killed.
import { setTimeout } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { RemoteServer, type RemoteServerOptions } from 'nestjs-remote';

/** Its one report, when it listens. */
export interface Listening {
  address: string;
  /** Nanoseconds of `process.hrtime.bigint()`, a clock that all processes of a machine share. */
  at: string;
}

Logger.overrideLogger(false);

const [, , bind = 'tcp://127.0.0.1:*', duration, engine] = process.argv;
const server = new RemoteServer({
  bind,
  engine: engine as NonNullable<RemoteServerOptions['engine']>,
});
server.addHandler('work', () => setTimeout(Number(duration)));
server.listen((error) => {
  const at = process.hrtime.bigint().toString();
  if (error) {
    throw error;
  }
  const listening: Listening = { address: server.addresses[0] ?? '', at };
  process.send?.(listening);
});
