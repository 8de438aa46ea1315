import { expect } from 'vitest';
import { REMOTE_TRANSPORT } from 'nestjs-remote';
import { Controller } from '@nestjs/common';
import { MessagePattern, Transport } from '@nestjs/microservices';
import { seenByHandlers } from './moved.controller.js';
import type { Row } from './row.js';
import { type Site, endingOf } from './site.js';

@Controller()
class UnboundController {
  @MessagePattern('of all')
  ofAll(): string {
    return 'served';
  }
}

@Controller()
class BoundController {
  @MessagePattern('of one', REMOTE_TRANSPORT)
  ofOne(): string {
    return 'served';
  }
}

const outcome =
  (pattern: unknown) =>
  async (site: Site): Promise<unknown> => {
    await site.start();
    return endingOf(site.client.send(pattern, {}));
  };

const NO_HANDLER = {
  values: [],
  error: 'There is no matching message handler defined in the remote service.',
};

/** Sends metadata that the dispatch hook sets, and returns what the handler has. */
const metadata =
  (given: object) =>
  async (site: Site): Promise<unknown> => {
    await site.start();
    site.client.setOnDispatchHook((packet) => {
      packet.metadata = given as Record<string, string>;
    });
    return endingOf(site.client.send('metadata', {}));
  };

export const handlers: Row[] = [
  {
    name: '`@Ctx()`: `TcpContext`',
    observe: (site) => site.ask('context'),
    tcp: { is: 'TcpContext', pattern: 'context', hasSocket: true, hasSender: false },
    here: { is: 'RemoteContext', pattern: 'context', hasSocket: false, hasSender: true },
  },
  {
    name: '`getPattern()` of an object pattern',
    observe: (site) => site.ask({ z: 1, a: 2 }),
    tcp: '{"z":1,"a":2}',
    here: '{"a":2,"z":1}',
    changed: {
      observe: async (site) => JSON.parse(String(await site.ask({ z: 1, a: 2 }))) as unknown,
      sees: { a: 2, z: 1 },
    },
  },
  {
    name: 'metadata that are no texts',
    from12: true,
    observe: metadata({ attempt: 1 }),
    tcp: { values: [{ metadata: { attempt: 1 } }] },
    here: {
      values: [],
      error: {
        is: 'RemoteCallError',
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining('metadata.attempt'),
      },
    },
    changed: {
      observe: metadata({ attempt: '1' }),
      sees: { values: [{ metadata: { attempt: '1' } }] },
    },
  },
  {
    name: "`@EventPattern('log.*')`",
    observe: async (site) => {
      await site.start();
      site.client.emit('log.info', 1);
      site.client.emit('event', 'last');
      await expect.poll(seenByHandlers).toContain('last');
      return seenByHandlers()
        .filter((one) => String(one).startsWith('log.'))
        .toSorted((one, other) => String(one).localeCompare(String(other)));
    },
    tcp: ['log.info alone'],
    here: ['log.* of log.info', 'log.info alone'],
  },
  {
    name: '`@MessagePattern(pattern, Transport.TCP)`',
    observe: outcome('of TCP'),
    tcp: { values: ['served'] },
    here: NO_HANDLER,
    changed: {
      options: { metadata: { controllers: [UnboundController] } },
      observe: outcome('of all'),
      sees: { values: ['served'] },
    },
  },
  {
    name: '`@MessagePattern(pattern, REMOTE_TRANSPORT)`',
    options: { metadata: { controllers: [BoundController] } },
    observe: outcome('of one'),
    tcp: NO_HANDLER,
    here: { values: ['served'] },
  },
  {
    name: '`transportId` of a server, as hooks get it',
    observe: (site) => site.createServer().transportId,
    tcp: Transport.TCP,
    here: REMOTE_TRANSPORT,
  },
];
