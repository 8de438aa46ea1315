import { type RemoteInfo, type Socket, createSocket } from 'node:dgram';
import { once } from 'node:events';
import { Logger } from '@nestjs/common';
import { RemoteServer, type SecurityOption, udpKey } from '../../../lib/index.js';
import { Encrypt0Sealer } from '../../../lib/nodes/udp/sealing/encrypt0.js';
import { SessionKey } from '../../../lib/nodes/udp/sealing/session-key.js';
import { SESSION_SIZE } from '../../../lib/nodes/udp/sealing/session.js';
import { HOSTILE, validPayloads } from '../../robustness/hostile-payloads.js';
import type { FuzzTarget } from '../target.js';

const LONGEST = 65_507;

const PLAIN = [...validPayloads(), ...HOSTILE.values()].map((bytes) => bytes.subarray(0, LONGEST));

/** A whole server, whose socket delivers datagrams. It never reports an error. */
export function openDatagrams(): Promise<FuzzTarget> {
  return serverOf('datagrams', PLAIN);
}

/** A server with a key, and datagrams that its owner has sealed in a session that nobody knows yet. */
export function openSealedDatagrams(): Promise<FuzzTarget> {
  const security = udpKey({ id: 'k', key: Buffer.alloc(32, 1) });
  const [key] = security.keys;
  const session = Buffer.alloc(SESSION_SIZE, 2);
  const sessionKey = new SessionKey(key.secret(), 'request', session);
  const sealer = new Encrypt0Sealer(sessionKey, key.id, session, 'request');
  const sealed = [Buffer.alloc(0), ...validPayloads()].map((bytes, counter) =>
    Buffer.from(sealer.seal(bytes, counter)),
  );
  return serverOf('sealed-datagrams', [...sealed, ...PLAIN], security);
}

async function serverOf(
  name: string,
  seeds: readonly Buffer[],
  security: SecurityOption = 'none',
): Promise<FuzzTarget> {
  Logger.overrideLogger(false);
  const caller = createSocket('udp4').bind(0, '127.0.0.1');
  await once(caller, 'listening');
  const server = new RemoteServer({ bind: 'udp://127.0.0.1:*', maxLoopDelay: 0, security });
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
    name,
    seeds,
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
