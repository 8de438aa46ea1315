import type { Router } from 'zeromq';
import { expect, it } from 'vitest';
import { Codec } from '../../lib/cbor/codec.js';
import { echo, listen } from '../robustness/plain-service.js';
import { rawDealer, rawRouter } from '../robustness/raw-sockets.js';
import { led } from '../support/led.js';

const codec = new Codec();
const GOODBYE = Buffer.from('8105a0', 'hex');

/** The next message of the service, as the address and the payload. */
async function nextOf(router: Router): Promise<[string, Buffer]> {
  for (;;) {
    const [, address, payload] = await router.receive();
    if (address && payload) {
      return [address.toString(), payload];
    }
  }
}

/** A service behind a router that does what the test says, and which has responded to one call. */
async function startService(options: { extension?: boolean } = {}) {
  const { router, address } = await rawRouter();
  const { server } = await listen(
    { requests: { echo } },
    { connect: address, identity: 'svc', ...options },
  );
  await router.receive(); // Its greeting.
  const call = async (id: number): Promise<unknown> => {
    await router.send(['svc', 'cli', codec.encode([0, id, 'echo', [id]])]);
    const [caller, payload] = await nextOf(router);
    expect(caller).toBe('cli');
    return codec.decode(payload);
  };
  expect(await call(1)).toEqual([1, 1, null, 1]);
  return { router, address, server, call };
}

it('a server that closes says GOODBYE to its router, and reads until it has answered', async () => {
  const { router, server, call } = await startService();

  const closed = server.close();

  expect(await nextOf(router)).toEqual(['-', GOODBYE]);
  expect(await call(2)).toEqual([1, 2, ['the server is closing', {}], null]);
  await router.send(['svc', '-', GOODBYE]);
  // Behind its response, which the router has read when it answers.
  expect(await nextOf(router)).toEqual(['-', GOODBYE]);
  await router.send(['svc', '-', GOODBYE]);
  await closed;
});

it('a server that closes waits in vain for no router that does not know GOODBYE', async () => {
  const { router, server } = await startService();
  const closed = server.close();
  expect(await nextOf(router)).toEqual(['-', GOODBYE]);
  await closed;
});

it('a server greets a router whose address is back after its GOODBYE, and says another one later', async () => {
  const { router, address } = await rawRouter();
  router.handover = true; // On a busy machine the server may have left by then, and come by a new connection.
  const { resolve, lead } = led([address]);
  await listen({ requests: { echo } }, { resolve, identity: 'svc' });
  expect(await router.receive()).toEqual([Buffer.from('svc'), Buffer.alloc(0)]);

  lead([]);
  expect(await nextOf(router)).toEqual(['-', GOODBYE]);
  lead([address]);

  expect(await router.receive()).toEqual([Buffer.from('svc'), Buffer.alloc(0)]);
  await router.send(['svc', 'cli', codec.encode([0, 1, 'echo', ['stays']])]);
  expect((await nextOf(router))[0]).toBe('cli');
  lead([]);
  expect(await nextOf(router)).toEqual(['-', GOODBYE]);
});

it('a server without the extension says nothing to its router', async () => {
  const { router, address, server } = await startService({ extension: false });
  await server.close();
  await rawDealer(address).send(['after', 'it']);
  expect(await nextOf(router)).toEqual(['after', Buffer.from('it')]);
});
