import type { RemoteClient } from 'nestjs-remote';
import { describe, expect, it } from 'vitest';
import { listenHeld } from '../../drain/held-calls.js';
import { RawClient } from '../../extension/raw-client.js';
import { Key, Type } from '../../extension/wire.js';
import { ipcAddress, vacantAddress } from '../../robustness/processes.js';
import { createClient } from '../../support/nest.js';

describe.each([
  ['tcp', vacantAddress],
  ['ipc', ipcAddress],
])('a server that drains at a %s address', (_scheme, chooseAddress) => {
  it('leaves it to a successor, which its clients call while it ends their calls', async () => {
    const bind = await chooseAddress();
    const first = await listenHeld({ bind, engine: 'net' }, 'first');
    const client: RemoteClient = createClient({ connect: bind, engine: 'net', timeout: 0 });
    const inFlight = client.call.wait('in flight');
    await expect.poll(() => first.held.isWaiting('in flight')).toBe(true);

    const closed = first.server.close();
    await expect.poll(() => client.links.map(({ state }) => state)).toContain('retiring');
    await listenHeld({ bind, engine: 'net' }, 'second');
    expect(await client.call.who()).toBe('second');
    expect(first.held.asked).toBe(0);
    first.held.release('in flight');
    expect(await inFlight).toBe('in flight');
    await closed;
    await expect.poll(() => client.links.map(({ state }) => state)).toEqual(['ready']);
    expect(await client.call.who()).toBe('second');
  });
});

it('a server says in its GOODBYE that it has left its address', async () => {
  const { held, server, address } = await listenHeld({ engine: 'net' });
  const peer = new RawClient(address);
  await peer.request(7, 'wait', ['a']);
  await expect.poll(() => held.isWaiting('a')).toBe(true);
  const closed = server.close();
  const goodbye = await peer.inbox.next(Type.GOODBYE);
  expect(goodbye.header?.get(Key.VACATED)).toBe(true);
  expect(server.addresses).toEqual([address]);
  peer.dealer.close();
  held.release('a');
  await closed;
});
