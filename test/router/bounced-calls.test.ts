import { RemoteCallError } from 'nestjs-remote';
import { describe, expect, it } from 'vitest';
import { createClient } from '../support/nest.js';
import { type Router } from 'zeromq';
import { Codec } from '../../lib/cbor/codec.js';
import { echo, listen } from '../robustness/plain-service.js';
import { rawRouter } from '../robustness/raw-sockets.js';
import { startRouter } from './peers.js';

const codec = new Codec();

describe('A RemoteClient', () => {
  it('fails a call that was bounced at once, even one without any timeout', async () => {
    const { frontend } = await startRouter();
    const client = createClient({ connect: frontend, address: 'nobody', timeout: 0 });

    const error = await client.call.add(1, 2).catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(RemoteCallError);
    expect(error).toMatchObject({
      origin: 'local',
      code: 'UNAVAILABLE',
      message: `no service 'nobody' is connected to the router at ${frontend}`,
      context: { address: 'nobody', method: 'add' },
    });
  });

  it('fails every call to an address that nobody has, and goes on with the others', async () => {
    const { frontend, backend } = await startRouter();
    await listen({ requests: { echo } }, { connect: backend, identity: 'svc' });
    const client = createClient({ connect: frontend, timeout: 0 });
    await expect
      .poll(() => client.issueCall('echo', [0], { address: 'svc' }).catch(() => undefined))
      .toBe(0);

    const ends = await Promise.allSettled(
      Array.from({ length: 200 }, (_, index) =>
        client.issueCall('echo', [index], { address: index % 2 === 0 ? 'svc' : 'nobody' }),
      ),
    );

    ends.forEach((end, index) =>
      expect(end).toMatchObject(
        index % 2 === 0
          ? { status: 'fulfilled', value: index }
          : { status: 'rejected', reason: { code: 'UNAVAILABLE' } },
      ),
    );
  });

  it('without an address fails because no service has the name -', async () => {
    const { frontend } = await startRouter();
    const client = createClient({ connect: frontend, timeout: 0 });

    await expect(client.call.add(1, 2)).rejects.toMatchObject({
      message: `no service '-' is connected to the router at ${frontend}`,
    });
  });

  it('counts an event that was bounced', async () => {
    const { frontend } = await startRouter();
    const client = createClient({ connect: frontend, address: 'nobody' });

    await client.notify.stop();

    await expect.poll(() => client.dropCounts).toEqual(new Map([['unreachable', 1]]));
  });

  it('fails all the calls that one bounced payload holds', async () => {
    const { router, address } = await rawRouter();
    const client = createClient({ connect: address, address: 'nobody', timeout: 0 });
    const calls = Promise.allSettled([client.call.one(), client.call.two()]);
    const first = await nextPayload(router);
    const second = await nextPayload(router);

    const both = Buffer.concat([first.payload, second.payload]);
    await router.send([first.identity, 'nobody', both, 'unreachable']);

    for (const end of await calls) {
      expect(end).toMatchObject({ status: 'rejected', reason: { code: 'UNAVAILABLE' } });
    }
  });

  it('takes a bounce only for calls to the address that it comes from', async () => {
    const { router, address } = await rawRouter();
    const client = createClient({ connect: address, address: 'svc', timeout: 0 });
    const call = client.call.add(1, 2);
    const { identity, payload } = await nextPayload(router);

    await router.send([identity, 'other', payload, 'unreachable']);
    await expect.poll(() => client.dropCounts).toEqual(new Map([['response to no call', 1]]));
    const [, id] = codec.decode(payload) as [number, number];
    await router.send([identity, 'svc', codec.encode([1, id, null, 3])]);

    expect(await call).toBe(3);
  });
});

/** What a client sent to a bare ROUTER, past its greetings. */
async function nextPayload(router: Router): Promise<{ identity: Buffer; payload: Buffer }> {
  for (;;) {
    const [identity, , payload] = await router.receive();
    if (identity && payload) {
      return { identity, payload };
    }
  }
}
