import { type RemoteInfo, type Socket, createSocket } from 'node:dgram';
import { once } from 'node:events';
import { Logger } from '@nestjs/common';
import { RemoteServer } from '../../../lib/index.js';
import { HOSTILE, validPayloads } from '../../robustness/hostile-payloads.js';
import type { FuzzTarget } from '../target.js';

const LONGEST = 65_507;

/** A whole server, whose socket delivers datagrams. It never reports an error. */
export async function openDatagrams(): Promise<FuzzTarget> {
  Logger.overrideLogger(false);
  const caller = createSocket('udp4').bind(0, '127.0.0.1');
  await once(caller, 'listening');
  const server = new RemoteServer({ bind: 'udp://127.0.0.1:*', maxLoopDelay: 0 });
  let failure: Error | undefined;
  server.on('error', (error) => (failure = error));
  for (const method of ['x', 'echo', 'add']) {
    server.addHandler(method, (data: unknown) => Promise.resolve(data));
  }
  server.addHandler('x', () => Promise.resolve(), true);
  await new Promise<void>((resolve) => {
    server.listen(() => resolve());
  });
  const [socket] = server.unwrap<[Socket]>();
  const { address, port } = caller.address();
  const from: RemoteInfo = { address, port, family: 'IPv4', size: 0 };
  return {
    name: 'datagrams',
    seeds: [...validPayloads(), ...HOSTILE.values()].map((bytes) => bytes.subarray(0, LONGEST)),
    run(input) {
      const before = dropsOf(server);
      socket.emit('message', input, from);
      if (failure) {
        throw failure;
      }
      return dropsOf(server) > before ? 'dropped' : 'taken';
    },
    async close() {
      await server.close();
      caller.close();
    },
  };
}

function dropsOf({ dropCounts }: RemoteServer): number {
  return [...dropCounts.values()].reduce((sum, count) => sum + count, 0);
}
