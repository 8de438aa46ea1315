import { type EtcdOptions, type Registry, RemoteServer, Router, etcd } from 'nestjs-remote';
import { describe, expect, it, onTestFinished } from 'vitest';
import { localAddressWarning } from '../../lib/discovery/advertised-address.js';
import { start } from '../robustness/plain-service.js';
import { createClient } from '../support/nest.js';
import { collectWarnings } from '../support/warnings.js';

const LOCAL =
  /^option register: tcp:\/\/127\.0\.0\.1:\d+ is registered, which no other machine can reach; .* advertise: 'tcp:\/\/127\.0\.0\.1:\*' says /;

/** A registry in an etcd that is not there: what is registered is known all the same. */
function registry(options: Partial<EtcdOptions> = {}): Registry {
  return etcd({ endpoints: 'http://127.0.0.1:1', name: 'math', ...options });
}

/** A server that listens until the test has finished. */
async function listen(bind: string | string[], register: Registry): Promise<RemoteServer> {
  const server = new RemoteServer({ bind, register, security: 'none' });
  onTestFinished(() => server.close());
  await start(server);
  return server;
}

describe('a server that registers an address that no other machine can reach', () => {
  it('warns of it, with the remedies', async () => {
    const warnings = collectWarnings();
    await listen('tcp://127.0.0.1:*', registry());
    expect(warnings).toEqual([expect.stringMatching(LOCAL)]);
    expect(warnings[0]).toContain("bind 'tcp://*:port', or give advertise: 'tcp://host:port'");
  });

  it('warns once, however often it listens', async () => {
    const warnings = collectWarnings();
    const server = await listen('tcp://127.0.0.1:*', registry());
    await server.close();
    await start(server);
    expect(warnings).toHaveLength(1);
  });

  it('warns of a socket in the file system too', async () => {
    const warnings = collectWarnings();
    const path = `ipc:///tmp/local-address-${process.pid}`;
    await listen(path, registry());
    expect(warnings).toEqual([expect.stringContaining(`advertise: '${path}' says`)]);
  });

  it('warns of the address that is registered, whatever else it is bound to', async () => {
    const warnings = collectWarnings();
    await listen(['tcp://127.0.0.1:*', 'tcp://0.0.0.0:*'], registry());
    expect(warnings).toEqual([expect.stringMatching(LOCAL)]);
  });

  it.each([
    [
      'has been told to advertise it',
      'tcp://127.0.0.1:*',
      registry({ advertise: 'tcp://127.0.0.1:*' }),
    ],
    ['advertises another one', 'tcp://127.0.0.1:*', registry({ advertise: 'tcp://math.test:*' })],
    [
      'has another registry',
      'tcp://127.0.0.1:*',
      { register: () => ({ end: () => Promise.resolve() }) },
    ],
  ])('does not warn where it %s', async (_case, bind, register) => {
    const warnings = collectWarnings();
    await listen(bind, register);
    expect(warnings).toEqual([]);
  });
});

it('a client that publishes warns of such an address, once', async () => {
  const warnings = collectWarnings();
  const client = createClient({ socket: 'pub', bind: 'tcp://127.0.0.1:*', register: registry() });
  await client.connect();
  await client.close();
  await client.connect();
  expect(warnings).toEqual([expect.stringMatching(LOCAL)]);
});

it('a router warns of such an address, and names its side', async () => {
  const warnings: string[] = [];
  const ignore = (): void => undefined;
  const router = await Router.bind({
    frontend: 'tcp://127.0.0.1:*',
    backend: 'tcp://127.0.0.1:*',
    register: { backend: registry() },
    logger: { log: ignore, error: ignore, warn: (message) => void warnings.push(message) },
  });
  onTestFinished(() => router.close());
  expect(warnings).toEqual([
    expect.stringMatching(/^Router backend: option register: tcp:.*reach/),
  ]);
});

it('what another registry warns of is logged', async () => {
  const warnings = collectWarnings();
  const registration = { warning: 'it is full', end: () => Promise.resolve() };
  await listen('tcp://127.0.0.1:*', { register: () => registration });
  expect(warnings).toEqual(['it is full']);
});

describe('the addresses that other machines cannot reach', () => {
  it.each([
    ['tcp://127.0.0.1:5000', "advertise: 'tcp://127.0.0.1:*'"],
    ['tcp://127.1.2.3:5000', "advertise: 'tcp://127.1.2.3:*'"],
    ['tcp://[::1]:5000', "advertise: 'tcp://[::1]:*'"],
    ['tcp://localhost:5000', "advertise: 'tcp://localhost:*'"],
    ['ipc:///tmp/socket:5000', "advertise: 'ipc:///tmp/socket:5000'"],
    ['inproc://name', "advertise: 'inproc://name'"],
    ['tcp://192.0.2.1:5000', undefined],
    ['tcp://[2001:db8::1]:5000', undefined],
    ['tcp://robot.local:5000', undefined],
  ])('%s: %s', (address, advice) => {
    expect(localAddressWarning(address)).toEqual(advice && expect.stringContaining(advice));
  });
});
