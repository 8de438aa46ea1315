import { randomBytes } from 'node:crypto';
import {
  type RemoteClientOptions,
  RemoteServer,
  type RemoteServerOptions,
  Router,
  curveServer,
  udpKey,
} from 'nestjs-remote';
import { describe, expect, it, onTestFinished } from 'vitest';
import { exposureWarnings } from '../../lib/nodes/exposure.js';
import { start } from '../robustness/plain-service.js';
import { createClient } from '../support/nest.js';
import { collectWarnings } from '../support/warnings.js';
import { SERVER } from './site.js';

const CURVE = curveServer({ secretKey: SERVER.secretKey, allow: [] });

/** The warnings of a server that listens. */
async function warningsOf(options: RemoteServerOptions): Promise<string[]> {
  const warnings = collectWarnings();
  const server = new RemoteServer(options);
  onTestFinished(() => server.close());
  await start(server);
  return warnings;
}

describe('a server that other hosts can reach, without security,', () => {
  it.each([
    ['tcp://0.0.0.0:*', /^tcp:\/\/0\.0\.0\.0:\d+ is open: .* Give security: curveServer\(/],
    ['tcp://*:*', /^tcp:\/\/(0\.0\.0\.0|\[::\]):\d+ is open: .* security: 'none'/],
    ['udp://0.0.0.0:*', /^udp:\/\/0\.0\.0\.0:\d+ is open: .* Give security: udpKey\(/],
    ['udp://*:*', /^udp:\/\/0\.0\.0\.0:\d+ is open: .* security: 'none'/],
    ['udp://239.255.77.9:*', /^udp:\/\/239\.255\.77\.9:\d+ is open: /],
  ])('warns once of %s, with the remedy', async (bind, warning) => {
    expect(await warningsOf({ bind })).toEqual([expect.stringMatching(warning)]);
  });

  it('warns once of each kind', async () => {
    const bind = ['tcp://0.0.0.0:*', 'udp://0.0.0.0:*', 'udp://127.0.0.1:*', 'udp://0.0.0.0:*'];

    expect(await warningsOf({ bind })).toEqual([
      expect.stringMatching(/^tcp:\/\/0\.0\.0\.0:\d+ is open/),
      expect.stringMatching(/^udp:\/\/0\.0\.0\.0:\d+, udp:\/\/0\.0\.0\.0:\d+ is open/),
    ]);
  });

  it('warns as a subscriber too', async () => {
    const options = { socket: 'sub', bind: 'tcp://0.0.0.0:*', topics: '' } as const;

    expect(await warningsOf(options)).toEqual([expect.stringMatching(/ is open: /)]);
  });
});

describe('no warning comes from a server', () => {
  it.each<[string, RemoteServerOptions]>([
    ['on this host alone', { bind: ['tcp://127.0.0.1:*', 'udp://127.0.0.1:*'] }],
    ['at another address of the loopback interface', { bind: 'udp://127.1.2.3:*' }],
    ['with keys', { bind: 'udp://0.0.0.0:*', security: udpKey({ id: 'k', key: randomBytes(32) }) }],
    ['with CURVE', { bind: 'tcp://0.0.0.0:*', security: CURVE }],
    ['in a network that is trusted', { bind: 'tcp://0.0.0.0:*', security: 'none' }],
    ['with PLAIN', { bind: 'tcp://0.0.0.0:*', socketOptions: { plainServer: true } }],
  ])('%s', async (_, options) => {
    expect(await warningsOf(options)).toEqual([]);
  });
});

it('a client that publishes warns of a bound address, once', async () => {
  const warnings = collectWarnings();
  const options: RemoteClientOptions = { socket: 'pub', bind: 'tcp://0.0.0.0:*' };
  const client = createClient(options);

  await client.connect();
  await client.close();
  await client.connect();

  expect(warnings).toEqual([expect.stringMatching(/^tcp:\/\/0\.0\.0\.0:\* is open: /)]);
});

it.each([
  ['warns', undefined, 1],
  ['does not warn with CURVE', CURVE, 0],
  ['does not warn where the network is trusted', 'none', 0],
] as const)('a router %s', async (_, security, count) => {
  const warnings: string[] = [];
  const ignore = (): void => undefined;
  const router = await Router.bind({
    frontend: 'tcp://0.0.0.0:*',
    backend: 'tcp://127.0.0.1:*',
    logger: { log: ignore, error: ignore, warn: (message) => void warnings.push(message) },
    ...(security && { security }),
  });
  onTestFinished(() => router.close());

  expect(warnings).toHaveLength(count);
});

describe('the addresses that others can reach', () => {
  it.each([
    ['tcp://127.0.0.1:5000', false],
    ['tcp://[::1]:5000', false],
    ['tcp://localhost:5000', false],
    ['ipc:///tmp/socket', false],
    ['inproc://name', false],
    ['tcp://192.0.2.1:5000', true],
    ['tcp://[::]:5000', true],
    ['tcp://[2001:db8::1]:5000', true],
    ['tcp://eth0:5000', true],
    ['tcp://robot.local:5000', true],
    ['udp://[ff02::1]:5000', true],
    ['udp://[::ffff:127.0.0.1]:5000', false],
  ])('%s: %s', (address, isExposed) => {
    expect(exposureWarnings([address], { socketOptions: {} })).toHaveLength(isExposed ? 1 : 0);
  });
});
