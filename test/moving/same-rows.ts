import {
  Controller,
  Inject,
  type INestMicroservice,
  Injectable,
  Scope,
  UseGuards,
} from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { MessagePattern, type RequestContext } from '@nestjs/microservices';
import { expect } from 'vitest';
import { seenByHandlers } from './moved.controller.js';
import type { SameRow } from './row.js';
import { type Site, endingOf } from './site.js';

let instances = 0;

@Injectable({ scope: Scope.REQUEST })
class RequestScoped {
  readonly number = ++instances;
}

class Forbidding {
  canActivate(): boolean {
    return false;
  }
}

@Controller({ scope: Scope.REQUEST })
class ScopedController {
  constructor(
    private readonly scoped: RequestScoped,
    @Inject(REQUEST) private readonly request: RequestContext,
  ) {}

  @MessagePattern('scoped')
  scopedCall(): unknown {
    return { number: this.scoped.number, data: this.request.data };
  }

  @UseGuards(Forbidding)
  @MessagePattern('forbidden')
  forbidden(): void {}
}

const scoped = {
  metadata: { controllers: [ScopedController], providers: [RequestScoped] },
};

const ended =
  (pattern: unknown, data: unknown = {}) =>
  async (site: Site): Promise<unknown> => {
    await site.start();
    return endingOf(site.client.send(pattern, data));
  };

/** The states of a client or an app while something happens. */
async function statesOf(
  { status }: Pick<INestMicroservice, 'status'>,
  happens: () => Promise<unknown>,
): Promise<string[]> {
  const states: string[] = [];
  status.subscribe((state: string) => states.push(state));
  await happens();
  return states;
}

const INTERNAL = { status: 'error', message: 'Internal server error' };

export const sameRows: SameRow[] = [
  {
    name: 'what JSON and CBOR both carry: texts, numbers, booleans, `null`, arrays, objects, `toJSON`',
    observe: ended('echo', { a: ['x', 1.5, true, null, {}], url: new URL('https://a.b/c') }),
    sees: { values: [{ a: ['x', 1.5, true, null, {}], url: 'https://a.b/c' }] },
  },
  {
    name: '`undefined`, a function or a symbol: left out of objects, `null` in arrays',
    observe: ended('echo', {
      left: undefined,
      f: () => 1,
      list: [undefined, () => 1, Symbol('s')],
    }),
    sees: { values: [{ list: [null, null, null] }] },
  },
  {
    name: 'an invalid `Date`: `null`',
    observe: ended('echo', { at: new Date(Number.NaN) }),
    sees: { values: [{ at: null }] },
  },
  {
    name: '`send(pattern, undefined)`: `InvalidMessageException`',
    observe: async (site) => (await endingOf(site.client.send('echo', undefined))).error,
    sees: expect.objectContaining({ is: 'InvalidMessageException' }),
  },
  {
    name: 'a handler that returns nothing: the call completes without a value',
    observe: ended('make', 'nothing'),
    sees: { values: [] },
  },
  {
    name: 'a handler that is a generator without `async`: `{}`',
    observe: ended('generator-without-async'),
    sees: { values: [{}] },
  },
  {
    name: 'patterns: texts, numbers, objects with their keys in any order',
    observe: async (site) => {
      await site.start();
      const { values } = await endingOf(site.client.send({ a: 2, z: 1 }, {}));
      return values;
    },
    sees: ['{"a":2,"z":1}'],
  },
  {
    name: 'an unknown pattern: the text `There is no matching message handler defined in the remote service.`',
    observe: ended('unknown'),
    sees: {
      values: [],
      error: 'There is no matching message handler defined in the remote service.',
    },
  },
  {
    name: 'two `@MessagePattern`s of one pattern: the last one serves',
    observe: ended('twice'),
    sees: { values: ['the last'] },
  },
  {
    name: 'two `@EventPattern`s of one pattern: both run',
    observe: async (site) => {
      await site.start();
      site.client.emit('event', 1);
      await expect.poll(seenByHandlers).toHaveLength(2);
      return seenByHandlers();
    },
    sees: [1, ['again', 1]],
  },
  {
    name: 'an event without a handler: later calls are served',
    observe: async (site) => {
      await site.start();
      site.client.emit('nobody', 1);
      return site.ask('echo', 2);
    },
    sees: 2,
  },
  {
    name: 'an Error that a handler throws: `Internal server error`',
    observe: ended('throwError'),
    sees: { values: [], error: INTERNAL },
  },
  {
    name: '`RpcException` of an object: the object; the order of its keys may differ',
    observe: ended('throw', 'unknown'),
    sees: { values: [], error: { message: 'unknown' } },
  },
  {
    name: 'a guard that says no: `Forbidden resource`',
    options: scoped,
    observe: ended('forbidden'),
    sees: { values: [], error: { status: 'error', message: 'Forbidden resource' } },
  },
  {
    name: 'request scope: an instance for each call, `@Inject(REQUEST)`',
    options: scoped,
    observe: async (site) => {
      instances = 0;
      return [await site.ask('scoped', 'a'), await site.ask('scoped', 'b')];
    },
    sees: [
      { number: 1, data: 'a' },
      { number: 2, data: 'b' },
    ],
  },
  {
    name: 'metadata of `setOnDispatchHook`: they reach `getMetadata()`, without members that are `undefined`',
    from12: true,
    observe: async (site) => {
      await site.start();
      site.client.setOnDispatchHook((packet) => {
        packet.metadata = { tenant: 'a', user: undefined } as unknown as Record<string, string>;
      });
      return site.ask('metadata');
    },
    sees: { metadata: { tenant: 'a' } },
  },
  {
    name: '`status` of a client: `connected`, `disconnected`',
    observe: async (site) => {
      await site.start();
      return statesOf(site.client, async () => {
        await site.client.connect();
        await site.client.close();
        await expect
          .poll(() => statesOf(site.client, async () => undefined))
          .toContain('disconnected');
      });
    },
    sees: ['connected', 'disconnected'],
  },
  {
    name: '`status` after a `connect()` that fails: `disconnected`',
    options: { client: { timeout: 50 } },
    observe: (site) =>
      statesOf(site.client, () => site.client.connect().catch((error: unknown) => error)),
    sees: ['disconnected'],
  },
  {
    name: '`status` after a `listen()` that fails: `disconnected`',
    observe: async (site) => {
      await site.start();
      const server = site.createServer();
      return statesOf(server, () => new Promise((resolve) => server.listen(resolve)));
    },
    sees: ['disconnected'],
  },
  {
    name: 'an error that keeps a call from being sent: it comes after `subscribe` has returned',
    observe: async (site) => {
      await site.ask('echo');
      const cycle: Record<string, unknown> = {};
      cycle['self'] = cycle;
      return new Promise((resolve) => {
        let hasReturned = false;
        site.client.send('echo', cycle).subscribe({ error: () => resolve(hasReturned) });
        hasReturned = true;
      });
    },
    sees: true,
  },
];
