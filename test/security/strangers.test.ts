import { connect } from 'node:net';
import {
  type RemoteCallError,
  type RemoteClient,
  type RemoteClientOptions,
  curveClient,
  curveKeyPair,
  curveServer,
} from 'nestjs-remote';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ENGINES } from '../../lib/nodes/engine.js';
import { writeGreeting } from '../../lib/nodes/zmtp/core/greeting.js';
import { createClient, startService } from '../support/nest.js';
import { ADA, SERVER, STRANGER, WhoController, securedClient, startSecured } from './site.js';

/** Clients that do not get through the handshake. */
const OUTSIDERS: [string, RemoteClientOptions][] = [
  ['without a key', {}],
  ['with PLAIN', { socketOptions: { plainUsername: 'ada', plainPassword: 'secret' } }],
  [
    'that takes it for another server',
    { security: curveClient({ serverKey: curveKeyPair().publicKey, ...ADA }) },
  ],
];

/** How a call ended that may wait for ever. */
function outcomeOf(client: RemoteClient): Promise<string> {
  return client.call.who().then(
    () => 'let in',
    ({ code }: { code: string }) => code,
  );
}

/**
 * Waits until a client's handshake has failed. Its call fails at once where it can be known that it is
 * not let in; else it waits, since the other side may only have hung up.
 */
async function expectKeptOut(client: RemoteClient): Promise<void> {
  const errors: string[] = [];
  client.on('error', ({ code }) => errors.push(code));
  const outcome = outcomeOf(client);
  await expect.poll(() => errors.length).toBeGreaterThan(0);
  await client.close();
  expect(await outcome).toBe(errors[0] === 'UNAUTHENTICATED' ? 'UNAUTHENTICATED' : 'CANCELLED');
}

describe.each(ENGINES)('a server of the engine %s', (engine) => {
  describe.each(ENGINES)('keeps out a client of the engine %s', (other) => {
    it('with an unknown key, which it tells at once', async () => {
      const { server, address } = await startSecured(engine);
      const errors: RemoteCallError[] = [];
      server.on('error', (error) => errors.push(error));
      const client = securedClient(other, address, STRANGER, { timeout: 0 });
      await expect(client.call.who()).rejects.toMatchObject({
        code: 'UNAUTHENTICATED',
        message: expect.stringMatching(/does (it|that server) allow the public key/),
      });
      await expect(client.connect()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
      expect(errors).toMatchObject([{ code: 'UNAUTHENTICATED' }]);
      expect(errors[0]?.message).toContain('a peer at 127.0.0.1 is refused');
    });

    it.each(OUTSIDERS)('%s', async (_, options) => {
      const { address } = await startSecured(engine);
      await expectKeptOut(
        createClient({ connect: address, engine: other, ...options, timeout: 0 }),
      );
      expect(await outcomeOf(securedClient(other, address, ADA))).toBe('let in');
    });
  });
});

it('a stranger writes no lines of its own into the log', async () => {
  const { server, address } = await startSecured('net');
  const refused = new Promise<Error>((resolve) => server.on('error', resolve));
  const { hostname, port } = new URL(address);
  const stranger = connect(Number(port), hostname);
  onTestFinished(() => void stranger.destroy());
  stranger.on('error', () => undefined).write(writeGreeting('X\n\u001B[31m\u009Bforged', false));
  expect((await refused).message).toMatch(
    /^\P{Cc}* mechanism X\uFFFD{2}\[31m\uFFFDforged, \P{Cc}*$/u,
  );
});

describe.each(ENGINES)('a client of the engine %s', (engine) => {
  it('tells nothing to a server without a key', async () => {
    const { address } = await startService(
      { controllers: [WhoController] },
      { bind: 'tcp://127.0.0.1:*', engine },
    );
    await expectKeptOut(securedClient(engine, address, ADA, { timeout: 0 }));
  });

  it('calls the server that lets it in where another one refuses it', async () => {
    const security = curveServer({ secretKey: SERVER.secretKey, allow: [] });
    const refusing = await startSecured(engine, { security });
    const { address } = await startSecured(engine);
    const client = securedClient(engine, address, ADA, { connect: [refusing.address, address] });
    client.on('error', () => undefined);
    expect(await outcomeOf(client)).toBe('let in');
  });
});
