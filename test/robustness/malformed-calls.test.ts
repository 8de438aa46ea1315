import { describe, expect, it } from 'vitest';
import { createClient } from '../support/nest.js';
import { HOSTILE } from './hostile-payloads.js';
import { echo, hang, listen } from './plain-service.js';
import { nextRequest, rawDealer, rawRouter } from './raw-sockets.js';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('each kind of bad payload', () => {
  it.each([...HOSTILE])('is counted by a server: %s', async (_name, payload) => {
    const { server, address } = await listen({ events: { x: echo } });
    await rawDealer(address).send(['-', payload]);
    await expect.poll(() => server.dropCounts.get('malformed message')).toBe(1);
  });
});

describe('a malformed request whose id can be read', () => {
  it.each([
    ['arguments that are no array', '84 00 07 61 78 f6', '07'],
    ['a method that is no text', '84 00 07 05 80', '07'],
    ['an argument that is cut off', '84 00 1a 01020304 61 78 81', '1a01020304'],
    ['an id that is text', '84 00 62 6964 05 80', '626964'],
  ])('is answered with an error: %s', async (_name, request, id) => {
    const { address } = await listen({ requests: { x: echo } });
    const peer = rawDealer(address);
    await peer.send(['-', hex(request)]);
    const answer = (await peer.receive()).at(-1);
    expect(answer?.toString('hex')).toMatch(new RegExp(`^8401${id}82`, 'u'));
    expect(answer?.toString()).toContain('malformed request');
  });

  it('is dropped when the response would be too long, and the server goes on', async () => {
    const { server, address } = await listen(
      { requests: { echo, hang } },
      { bind: 'tcp://127.0.0.1:*', codec: { maxPayload: 1000 } },
    );
    const failures: unknown[] = [];
    server.on('error', (error) => failures.push(error));
    const peer = rawDealer(address);
    const longId = Buffer.concat([hex('84 00 59 03 d0'), Buffer.alloc(976, 65)]);
    await peer.send(['-', Buffer.concat([longId, hex('05 80')])]);
    await peer.send(['-', Buffer.concat([longId, hex('61 78 80')])]);
    await peer.send(['-', hex('84 00 07 64 6563686f 81 05')]);
    const answer = (await peer.receive()).at(-1);
    expect(answer?.toString('hex')).toMatch(/^840107/u);
    expect(failures).toEqual([]);
  });
});

describe('a malformed response to a call in flight', () => {
  it.each([
    ['an error that is a number', '05 f6'],
    ['a result that is cut off', 'f6 82 01'],
    ['a result with invalid UTF-8', 'f6 62 c328'],
  ])('rejects that call: %s', async (_name, rest) => {
    const { router, address } = await rawRouter();
    const call = createClient({ connect: address, timeout: 0 }).call.x();
    const ending = expect(call).rejects.toMatchObject({ code: 'INTERNAL', origin: 'local' });
    const { identity, address: frame, id } = await nextRequest(router);
    await router.send([identity, frame, Buffer.concat([hex('84 01'), id, hex(rest)])]);
    await ending;
  });

  it('does not stop a client when the error context has maps for keys', async () => {
    const { router, address } = await rawRouter();
    const client = createClient({ connect: address, timeout: 0 });
    const failures: unknown[] = [];
    client.on('error', (error) => failures.push(error));
    const ending = expect(client.call.x()).rejects.toMatchObject({ message: 'no' });
    const { identity, address: frame, id } = await nextRequest(router);
    // ["no", {{"toString": 1}: 2}]
    const error = hex('82 62 6e6f a1 a1 68 746f537472696e67 01 02 f6');
    await router.send([identity, frame, Buffer.concat([hex('84 01'), id, error])]);
    await ending;
    expect(failures).toEqual([]);
  });
});
