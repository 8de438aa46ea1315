import { describe, expect, it } from 'vitest';
import { listenHeld, listenHeldBehindRouter } from '../drain/held-calls.js';
import { describePython } from '../interop/python-peer.js';
import { ANYWHERE, startPeer } from '../interop/start-peer.js';
import { listen } from '../robustness/plain-service.js';
import { vacantAddress } from '../robustness/processes.js';
import { startRouter } from '../router/peers.js';
import { createClient } from '../support/nest.js';
import { startHealth } from './site.js';

const UP = {
  status: 'up',
  uptime: expect.any(Number) as number,
  inFlight: expect.any(Number) as number,
};

describe('RemoteHealthIndicator', () => {
  it('is up while the service responds, with its uptime and calls in flight', async () => {
    const { address } = await listen({});
    const check = await startHealth(createClient(address));
    expect(await check()).toMatchObject({
      status: 200,
      body: { status: 'ok', info: { math: UP }, error: {} },
    });
  });

  it('is down where nobody listens, with the error', async () => {
    const check = await startHealth(createClient(await vacantAddress()), { timeout: 200 });
    expect(await check()).toMatchObject({
      status: 503,
      body: {
        status: 'error',
        error: {
          math: {
            status: 'down',
            code: 'UNAVAILABLE',
            message: expect.stringContaining('no connection to tcp://') as string,
          },
        },
      },
    });
  });

  it('asks the service behind a router, which the router alone does not make up', async () => {
    const { frontend, backend } = await startRouter();
    const client = createClient(frontend);
    const check = await startHealth(client, { address: 'math', timeout: 5000 });
    expect(await check()).toMatchObject({
      status: 503,
      body: { error: { math: { status: 'down', code: 'UNAVAILABLE' } } },
    });
    await listen({}, { connect: backend, identity: 'math' });
    await expect.poll(check, { timeout: 20_000 }).toMatchObject({
      status: 200,
      body: { info: { math: UP } },
    });
  });

  it('is up while all slots and the queue are taken', async () => {
    const { held, address } = await listenHeld({ concurrency: 1, queue: { maxCalls: 0 } });
    const client = createClient(address);
    const call = client.call.wait(1);
    await expect.poll(() => held.isWaiting(1)).toBe(true);
    const check = await startHealth(client);
    expect(await check()).toMatchObject({ body: { info: { math: { ...UP, inFlight: 1 } } } });
    held.release(1);
    await call;
  });

  it('is down while the service drains behind a router', async () => {
    const { held, server, client } = await listenHeldBehindRouter();
    const check = await startHealth(client, { timeout: 5000 });
    expect(await check()).toMatchObject({ status: 200 });
    const call = client.call.wait(1);
    await expect.poll(() => held.isWaiting(1)).toBe(true);
    const closed = server.close();
    expect(await check()).toMatchObject({
      status: 503,
      body: { error: { math: { status: 'down', message: 'the server is closing' } } },
    });
    held.release(1);
    await call;
    await closed;
  });

  it('fails as a whole for an option that cannot be', async () => {
    const { address } = await listen({});
    const check = await startHealth(createClient(address), { timeout: -1 });
    expect(await check()).toMatchObject({ status: 500 });
  });
});

describePython('RemoteHealthIndicator for a service in Python', () => {
  it('is up, since the service responds', async () => {
    const peer = await startPeer('service', '--bind', ANYWHERE);
    const check = await startHealth(createClient(peer.endpoint));
    expect(await check()).toMatchObject({
      status: 200,
      body: { info: { math: { status: 'up' } } },
    });
  });
});
