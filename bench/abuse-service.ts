// The server of `abuse.js` in a process of its own: `node abuse-service.js <options as JSON>`. Reports to its parent where
// it listens, and serves until it is killed or its parent has ended.
import { Logger } from '@nestjs/common';
import { RemoteServer, type RemoteServerOptions } from 'nestjs-remote';

/** Its one report, when it listens. */
export interface AbuseAddress {
  address: string;
}

Logger.overrideLogger(false);

const options = JSON.parse(process.argv[2] ?? '{}') as RemoteServerOptions;
const server = new RemoteServer({ bind: 'tcp://127.0.0.1:*', ...options });
server.addHandler('add', ([one, other]: [number, number]) => Promise.resolve(one + other));
process.on('disconnect', () => process.exit());
server.listen((error) => {
  if (error) {
    throw error;
  }
  const report: AbuseAddress = { address: server.addresses[0] ?? '' };
  process.send?.(report);
});
