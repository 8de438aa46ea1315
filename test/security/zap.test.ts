import { setImmediate } from 'node:timers/promises';
import { type CurveKeyPair, RemoteServer, curveServer } from 'nestjs-remote';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Router } from 'zeromq';
import { ENGINES } from '../../lib/nodes/engine.js';
import { ADA, BOB, SERVER, STRANGER, allowing, securedClient, startSecured } from './site.js';

/** How the engine zeromq asks who may come in: by one socket, for all servers of a process. */
const ENDPOINT = 'inproc://zeromq.zap.01';

function serverOf(...keys: string[]): { security: ReturnType<typeof curveServer> } {
  return { security: curveServer({ secretKey: SERVER.secretKey, allow: allowing(...keys) }) };
}

async function comesIn(address: string, keys: CurveKeyPair): Promise<boolean> {
  const client = securedClient('zeromq', address, keys);
  client.on('error', () => undefined);
  return client.connect().then(
    () => true,
    () => false,
  );
}

/** Waits until the place is free, and takes it. */
async function bindZap(): Promise<Router> {
  const zap = new Router({ linger: 0 });
  onTestFinished(() => zap.close());
  await expect
    .poll(() =>
      zap.bind(ENDPOINT).then(
        () => 'bound',
        () => 'in use',
      ),
    )
    .toBe('bound');
  return zap;
}

describe('servers of one process', () => {
  it('let in their own friends alone', async () => {
    const one = await startSecured('zeromq', serverOf(ADA.publicKey));
    const other = await startSecured('zeromq', serverOf(BOB.publicKey));
    const verdicts = [ADA, BOB].flatMap((keys) =>
      [one, other].map(({ address }) => comesIn(address, keys)),
    );
    expect(await Promise.all(verdicts)).toEqual([true, false, false, true]);
  });

  it('may come and go, together and one after the other', async () => {
    const last = await startSecured('zeromq', serverOf(ADA.publicKey));
    for (let round = 0; round < 3; round++) {
      const servers = await Promise.all(
        [1, 2].map(() => startSecured('zeromq', serverOf(ADA.publicKey))),
      );
      for (const { app, address } of servers) {
        expect(await comesIn(address, ADA)).toBe(true);
        await app.close();
      }
    }
    expect(await comesIn(last.address, ADA)).toBe(true);
    expect(await comesIn(last.address, STRANGER)).toBe(false);
  });

  it('leave nothing behind', async () => {
    const { app } = await startSecured('zeromq');
    await app.close();
    expect((await bindZap()).lastEndpoint).toBe(ENDPOINT);
  });

  it('may be closed while they open', async () => {
    const server = new RemoteServer({ bind: 'tcp://127.0.0.1:*', engine: 'zeromq', ...serverOf() });
    const listening = new Promise((resolve) => server.listen(resolve));
    await server.close();
    expect(await listening).toMatchObject({ code: 'CANCELLED' });
    expect((await bindZap()).lastEndpoint).toBe(ENDPOINT);
  });
});

describe('a ZAP handler of the user', () => {
  it('fails the opening, with the remedy', async () => {
    const zap = await bindZap();
    await expect(startSecured('zeromq')).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining(
        "remove it, since security answers for itself, or use engine: 'net'",
      ),
    });
    zap.close();
    await setImmediate();
    await expect
      .poll(() =>
        startSecured('zeromq').then(
          () => 'listens',
          () => 'fails',
        ),
      )
      .toBe('listens');
  });
});

describe.each(ENGINES)('an allow that fails, with the engine %s', (engine) => {
  it('keeps the peer out, which comes back, and is an error of the server', async () => {
    const allow = (): never => {
      throw new Error('no database');
    };
    const security = curveServer({ secretKey: SERVER.secretKey, allow });
    const { server, address } = await startSecured(engine, { security });
    const errors: unknown[] = [];
    server.on('error', (error) => errors.push(error));
    const client = securedClient(engine, address, ADA);
    const connecting = client.connect();
    await expect.poll(() => errors.length).toBe(1);
    await client.close();
    await expect(connecting).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(errors).toMatchObject([
      {
        code: 'UNAUTHENTICATED',
        message: 'a peer at 127.0.0.1 is refused: its key cannot be authorized: no database',
      },
    ]);
  });
});
