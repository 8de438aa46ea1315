import { type Socket, createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { Codec } from '../../../lib/cbor/codec.js';
import { RemoteClient } from '../../../lib/index.js';
import { validPayloads } from '../../robustness/hostile-payloads.js';
import type { FuzzTarget } from '../target.js';

/** How many calls are in flight. */
const IN_FLIGHT = 64;

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** How responses go on after their ids: results, errors, and a header. */
const ENDINGS: readonly Buffer[] = [
  hex('f6 18 2a'),
  hex('f6 f6 a0'),
  hex('82 63 626164 a0 f6'),
  hex('82 63 626164 a1 61 61 01 f6 a1 00 19 1388'),
];

/**
 * A whole client, whose socket delivers datagrams: as they are, and as the rest of a response to a
 * call in flight. Each call ends as a call may, and the client never reports an error.
 */
export async function openAnswers(): Promise<FuzzTarget> {
  Logger.overrideLogger(false);
  const codec = new Codec();
  const server = createSocket('udp4').bind(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  const client = new RemoteClient({ connect: `udp://127.0.0.1:${port}`, timeout: 0 });
  let failure: Error | undefined;
  client.on('error', (error) => (failure = error));
  let ended = 0;
  const ids: Buffer[] = [];
  server.on('message', (request) => {
    const [, id] = codec.decode(request) as [number, number];
    ids.push(codec.encode(id));
  });
  const call = (): void => {
    client.issueCall('x').then(
      () => ended++,
      () => ended++,
    );
  };
  await client.connect();
  for (let count = 0; count < IN_FLIGHT; count++) {
    call();
  }
  while (ids.length < IN_FLIGHT) {
    await once(server, 'message');
  }
  const [socket] = client.unwrap<[Socket]>();
  const from = { address: '127.0.0.1', port, family: 'IPv4', size: 0 };
  return {
    name: 'answers',
    seeds: [...ENDINGS, ...validPayloads()],
    async run(input) {
      const before = ended;
      const id = ids.shift() ?? Buffer.of(0);
      socket.emit('message', input, from);
      socket.emit('message', Buffer.concat([hex('84 01'), id, input]), from);
      await setImmediate();
      if (failure) {
        throw failure;
      }
      if (ended === before) {
        ids.unshift(id);
        return 'no response';
      }
      const arrived = once(server, 'message');
      call();
      await arrived;
      return 'a response';
    },
    async close() {
      await client.close();
      server.close();
    },
  };
}
