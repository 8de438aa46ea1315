// The service of `soak.js` in a process of its own: `node soak-service.js <engine>`. Reports its address
// to its parent, then its state at each request.
import { Logger } from '@nestjs/common';
import { type RemoteContext, RemoteServer, type RemoteServerOptions } from 'nestjs-remote';
import { interval, take, throwError } from 'rxjs';
import { type Memory, measureMemory } from './memory.js';

/** Its first report, when it listens. */
export interface SoakAddress {
  address: string;
}

/** Its response to a request. */
export interface SoakReport {
  memory: Memory;
  /** Handlers that wait for their caller to go away. */
  hanging: number;
  /** Events that arrived. */
  events: number;
}

Logger.overrideLogger(false);

const engine = process.argv[2] as NonNullable<RemoteServerOptions['engine']>;
const server = new RemoteServer({ bind: 'tcp://127.0.0.1:*', timeout: 0, engine });
let hanging = 0;
let events = 0;

server.addHandler('add', ([one, other]: [number, number]) => Promise.resolve(one + other));
server.addHandler('count', (length: number) => Promise.resolve(interval(0).pipe(take(length))));
server.addHandler('fail', () => Promise.resolve(throwError(() => ({ message: 'as asked' }))));
server.addHandler('hang', (_data: unknown, context: RemoteContext) => {
  hanging++;
  return new Promise<void>((resolve) => {
    context.getSignal().addEventListener('abort', () => {
      hanging--;
      resolve();
    });
  });
});
server.addHandler(
  'note',
  () => {
    events++;
    return Promise.resolve();
  },
  true,
);

process.on('message', () => {
  const report: SoakReport = { memory: measureMemory(), hanging, events };
  process.send?.(report);
});
server.listen((error) => {
  if (error) {
    throw error;
  }
  const address: SoakAddress = { address: server.addresses[0] ?? '' };
  process.send?.(address);
});
