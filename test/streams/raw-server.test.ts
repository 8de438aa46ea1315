import { tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../e2e/transports.js';
import { RawServer } from '../extension/raw-server.js';
import { Key, Type, header, sequence } from '../extension/wire.js';
import { callsHeld } from '../robustness/inside.js';
import { createClient } from '../support/nest.js';

/** A client with a call under way, and the server that may answer it. */
async function startCall() {
  const server = await RawServer.bind();
  const client = createClient({ connect: server.address, timeout: 0 });
  const outcome = outcomeOf(client.send('stream', 1));
  const request = await server.request();
  return { server, client, outcome, request };
}

describe('a client that is sent several values', () => {
  it('emits every ITEM, and completes with a RESPONSE of undefined', async () => {
    const { server, outcome, request } = await startCall();
    await server.item(request, 'a');
    await server.item(request, 'b');
    await server.respond(request, undefined, header({ [Key.ITEMS]: 2 }));
    expect(await outcome).toEqual({ values: ['a', 'b'] });
  });

  it('emits a result after the ITEMs', async () => {
    const { server, outcome, request } = await startCall();
    await server.item(request, 'a');
    await server.respond(request, 'b', header({ [Key.ITEMS]: 1 }));
    expect(await outcome).toEqual({ values: ['a', 'b'] });
  });

  it('takes ITEMs and the RESPONSE of one payload', async () => {
    const { server, outcome, request } = await startCall();
    const id = request.envelope[1];
    const items = ['a', 'b', 'c'].map((value) => [Type.ITEM, id, value]);
    const end = [Type.RESPONSE, id, null, 'd'];
    const [first, ...others] = items;
    await server.send(
      request,
      sequence(first, header(), ...others, end, header({ [Key.ITEMS]: 3 })),
    );
    expect(await outcome).toEqual({ values: ['a', 'b', 'c', 'd'] });
  });

  it('emits an ITEM at once, before the next has come', async () => {
    const server = await RawServer.bind();
    const client = createClient({ connect: server.address, timeout: 0 });
    const values: unknown[] = [];
    const stream = client.send('stream', 1).pipe(tap((value) => values.push(value)));
    const outcome = outcomeOf(stream);
    const request = await server.request();
    await server.item(request, 'a');
    await expect.poll(() => values).toEqual(['a']);
    await server.item(request, 'b');
    await expect.poll(() => values).toEqual(['a', 'b']);
    await server.respond(request, undefined, header({ [Key.ITEMS]: 2 }));
    expect(await outcome).toEqual({ values: ['a', 'b'] });
  });

  it('emits the exact error after them', async () => {
    const { server, outcome, request } = await startCall();
    await server.item(request, 'a');
    const error = [Type.RESPONSE, request.envelope[1], ['', { code: 42 }], null];
    const head = header({ [Key.ITEMS]: 1, [Key.ERROR]: { code: 42 } });
    await server.send(request, sequence(error, head));
    expect(await outcome).toEqual({ values: ['a'], error: { code: 42 } });
  });
});

describe('a client that has counted another number of values than its server', () => {
  it.each([
    ['fewer', 1, header({ [Key.ITEMS]: 2 })],
    ['more', 2, header({ [Key.ITEMS]: 1 })],
    ['none', 0, header({ [Key.ITEMS]: 1 })],
    ['some where the server counted none', 1, header()],
  ])('ends send() with DATA_LOSS: %s', async (_, items, head) => {
    const { server, client, outcome, request } = await startCall();
    for (let item = 0; item < items; item++) {
      await server.item(request, item);
    }
    await server.respond(request, undefined, head);
    expect((await outcome).error).toMatchObject({ code: 'DATA_LOSS', origin: 'local' });
    expect(callsHeld(client)).toBe(0);
  });

  it('rejects call with DATA_LOSS', async () => {
    const server = await RawServer.bind();
    const call = createClient({ connect: server.address, timeout: 0 }).call.stream();
    const ending = expect(call).rejects.toMatchObject({ code: 'DATA_LOSS', origin: 'local' });
    const request = await server.request();
    await server.item(request, 1);
    await server.respond(request, 2, header({ [Key.ITEMS]: 2 }));
    await ending;
  });
});

describe('an ITEM', () => {
  it('for no call is dropped and counted, and the client goes on', async () => {
    const { server, client, outcome, request } = await startCall();
    const other = (request.envelope[1] as number) ^ 1;
    await server.send(request, sequence([Type.ITEM, other, 'lost'], header()));
    await server.respond(request, 'answer');
    expect(await outcome).toEqual({ values: ['answer'] });
    const dropped = [...client.dropCounts.values()].reduce((sum, count) => sum + count, 0);
    expect(dropped).toBe(1);
  });

  it('with another address frame than its request is not taken for its value', async () => {
    const { server, outcome, request } = await startCall();
    const { identity } = request;
    const stray = sequence([Type.ITEM, request.envelope[1], 'stray'], header());
    await server.send({ identity, address: Buffer.from('other') }, stray);
    await server.respond(request, 'answer');
    expect(await outcome).toEqual({ values: ['answer'] });
  });

  it('ends call() only with the RESPONSE, whose result is the last value', async () => {
    const server = await RawServer.bind();
    const call = createClient({ connect: server.address, timeout: 0 }).call.stream();
    const request = await server.request();
    await server.item(request, 1);
    await server.item(request, 2);
    await server.respond(request, 3, header({ [Key.ITEMS]: 2 }));
    expect(await call).toBe(3);
  });

  it('is the value of call() where the RESPONSE has none', async () => {
    const server = await RawServer.bind();
    const call = createClient({ connect: server.address, timeout: 0 }).call.stream();
    const request = await server.request();
    await server.item(request, 1);
    await server.item(request, 2);
    await server.respond(request, undefined, header({ [Key.ITEMS]: 2 }));
    expect(await call).toBe(2);
  });
});
