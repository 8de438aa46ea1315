import type { RemoteClient } from 'nestjs-remote';
import { NEVER, type Observable, Subject, concat, of, startWith } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../e2e/transports.js';
import type { Received } from '../extension/inbox.js';
import { RawClient } from '../extension/raw-client.js';
import { RawServer } from '../extension/raw-server.js';
import { Key, Type, header } from '../extension/wire.js';
import { listen } from '../robustness/plain-service.js';
import { createClient } from '../support/nest.js';

/** Waits until a call that was made later has timed out; an ITEM shows that the link is alive. */
async function outlast(
  client: RemoteClient,
  server: RawServer,
  stream: Received,
  item: string,
): Promise<void> {
  const later = client.call.later();
  const ending = expect(later).rejects.toMatchObject({
    code: 'DEADLINE_EXCEEDED',
    origin: 'local',
  });
  await server.request();
  await server.item(stream, item);
  await ending;
}

describe("a client's timeout", () => {
  it('is over with the first value', async () => {
    const server = await RawServer.bind();
    const client = createClient({ connect: server.address, timeout: 200 });
    const outcome = outcomeOf(client.send('stream', 1));
    const request = await server.request();
    await server.item(request, 'first');

    await outlast(client, server, request, 'second');
    await server.item(request, 'third');
    await server.respond(request, undefined, header({ [Key.ITEMS]: 3 }));
    expect(await outcome).toEqual({ values: ['first', 'second', 'third'] });
  });

  it('is over with the first value for call, too', async () => {
    const server = await RawServer.bind();
    const client = createClient({ connect: server.address, timeout: 200 });
    const call = client.call.stream();
    const request = await server.request();
    await server.item(request, 'first');
    await outlast(client, server, request, 'second');
    await server.respond(request, 'last', header({ [Key.ITEMS]: 2 }));
    expect(await call).toBe('last');
  });

  it('ends a stream whose first value does not come', async () => {
    const { address } = await listen(
      { requests: { silent: async () => NEVER } },
      { bind: 'tcp://127.0.0.1:*', timeout: 0 },
    );
    const client = createClient({ connect: address, timeout: 100 });
    const { values, error } = await outcomeOf(client.send('silent', 1));
    expect(values).toEqual([]);
    expect(error).toBeDefined();
  });
});

describe("a server's timeout", () => {
  const silentAfter = (first: string): Observable<unknown> => concat(of(first), NEVER);

  it('is over with the first value of an Observable', async () => {
    const values = new Subject<string>();
    const { address } = await listen(
      {
        requests: {
          stream: async () => values.pipe(startWith('first')),
          silent: async () => NEVER,
        },
      },
      { bind: 'tcp://127.0.0.1:*', timeout: 100 },
    );
    const peer = new RawClient(address);
    await peer.request(1, 'stream');
    expect((await peer.inbox.next()).envelope).toEqual([Type.ITEM, 1, 'first']);

    const late = await peer.call('silent');
    expect(late.header?.get(Key.CODE)).toBe('DEADLINE_EXCEEDED');
    values.next('second');
    values.complete();
    const answers = await peer.inbox.untilAnswered(1);
    expect(answers.at(-1)?.envelope).toEqual([Type.RESPONSE, 1, null, 'second']);
  });

  it("does not end a begun stream by the caller's own timeout either", async () => {
    const { address } = await listen({
      requests: { stream: async () => silentAfter('first'), silent: async () => NEVER },
    });
    const peer = new RawClient(address);
    await peer.request(1, 'stream', [], header({ [Key.TIMEOUT]: 100 }));
    await peer.inbox.next(Type.ITEM);
    const late = await peer.call('silent', [], header({ [Key.TIMEOUT]: 100 }));
    expect(late.header?.get(Key.CODE)).toBe('DEADLINE_EXCEEDED');
    expect(peer.inbox.answersTo(1)).toHaveLength(1);
  });

  it('is over with the first value of an async generator', async () => {
    let go = (): void => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    const { address } = await listen(
      {
        requests: {
          stream: async () =>
            (async function* generate() {
              yield 'first';
              await gate;
              yield 'second';
            })(),
          silent: async () => NEVER,
        },
      },
      { bind: 'tcp://127.0.0.1:*', timeout: 100 },
    );
    const client = createClient({ connect: address, timeout: 0 });
    const outcome = outcomeOf(client.send('stream', 1));
    await expect(client.call.silent()).rejects.toMatchObject({
      message: 'method timed out after 100 ms (option timeout of the server)',
    });
    go();
    expect(await outcome).toEqual({ values: ['first', 'second'] });
  });
});
