import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { type RemoteClient, RequirePeer, curveServer } from 'nestjs-remote';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ENGINES } from '../../lib/nodes/engine.js';
import { createClient, startService } from '../support/nest.js';
import { ADA, BOB, SERVER, WhoController, allowing, securedClient, startSecured } from './site.js';

const events: string[] = [];

@Controller()
@RequirePeer()
class VaultController {
  @MessagePattern('look')
  look(): string {
    return 'seen';
  }

  @MessagePattern('open')
  @RequirePeer('ada', 'eve')
  open(): string {
    return 'opened';
  }

  @EventPattern('close')
  @RequirePeer('ada')
  close(@Payload() _when: unknown): void {
    events.push('closed');
  }
}

const vault = { controllers: [VaultController] };

describe('getPeer', () => {
  it('is the name in allow, and the key', async () => {
    const { address } = await startSecured('net');
    expect(await securedClient('net', address, ADA).call.who()).toEqual({
      name: 'ada',
      publicKey: ADA.publicKey,
    });
    expect(await securedClient('zeromq', address, BOB).call.who()).toMatchObject({ name: 'bob' });
  });

  it.each(ENGINES)('is undefined without security, with the engine %s', async (engine) => {
    const { address } = await startService(
      { controllers: [WhoController] },
      { bind: 'tcp://127.0.0.1:*', engine },
    );
    expect(await createClient({ connect: address, engine }).call.who()).toBe('unknown');
  });

  it('is undefined with the engine zeromq, which does not know', async () => {
    const { address } = await startSecured('zeromq');
    expect(await securedClient('zeromq', address, ADA).call.who()).toBe('unknown');
  });
});

describe('RequirePeer', () => {
  it('lets in the peers that it names, and without names all', async () => {
    const { address } = await startSecured('net', {}, VaultController);
    const ada: RemoteClient = securedClient('net', address, ADA);
    expect(await ada.call.look()).toBe('seen');
    expect(await ada.call.open()).toBe('opened');
    await ada.notify.close('now');
    await expect.poll(() => events).toEqual(['closed']);
  });

  it('refuses other peers with PERMISSION_DENIED, and drops their events', async () => {
    const { address } = await startSecured('net', {}, VaultController);
    const bob: RemoteClient = securedClient('net', address, BOB);
    const before = events.length;
    await bob.notify.close('now');
    expect(await bob.call.look()).toBe('seen');
    await expect(bob.call.open()).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
      message: "'bob' may not call this",
    });
    expect(events).toHaveLength(before);
  });

  it('refuses with UNAUTHENTICATED where no key says who calls', async () => {
    const open = await startService(vault);
    const client: RemoteClient = createClient(open.address);
    await expect(client.call.look()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('refuses everybody with the engine zeromq, with the remedy', async () => {
    const { address } = await startSecured('zeromq', {}, VaultController);
    await expect(securedClient('zeromq', address, ADA).call.look()).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      message: expect.stringContaining("with engine: 'net'"),
    });
  });
});

describe('a peer whose key is revoked', () => {
  function revocable(): {
    allow: ReturnType<typeof allowing>;
    security: ReturnType<typeof curveServer>;
  } {
    const allow = allowing(ADA.publicKey, BOB.publicKey);
    return { allow, security: curveServer({ secretKey: SERVER.secretKey, allow }) };
  }

  it.each(ENGINES)(
    'loses its links to the engine net, with the engine %s, and comes in no more',
    async (engine) => {
      const { allow, security } = revocable();
      const { address } = await startSecured('net', { security });
      const ada: RemoteClient = securedClient(engine, address, ADA);
      const bob: RemoteClient = securedClient(engine, address, BOB);
      const lost: string[] = [];
      ada.on('disconnect', (name) => lost.push(name));
      bob.on('disconnect', (name) => lost.push(`bob at ${name}`));
      ada.on('error', () => undefined);
      await Promise.all([ada.connect(), bob.connect()]);
      allow.keys.delete(ADA.publicKey);
      security.reauthorize();
      await expect.poll(() => lost).toEqual([address]);
      await expect(ada.call.who()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
      expect(await bob.call.who()).toMatchObject({ publicKey: BOB.publicKey });
      expect(lost).toEqual([address]);
    },
  );

  it('loses them when a file of allow changes, too', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'peers-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'friends.txt');
    await writeFile(file, `${ADA.publicKey} ada\n${BOB.publicKey} bob\n`);
    const security = curveServer({ secretKey: SERVER.secretKey, allow: { file } });
    const { address } = await startSecured('net', { security });
    const ada = securedClient('net', address, ADA);
    ada.on('error', () => undefined);
    await ada.connect();
    const lost = new Promise((resolve) => ada.on('disconnect', resolve));
    await writeFile(file, `${BOB.publicKey} bob\n`);
    expect(await lost).toBe(address);
    await expect(ada.call.who()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('comes back under another name where allow gives it one', async () => {
    let name = 'ada';
    const security = curveServer({ secretKey: SERVER.secretKey, allow: () => name });
    const { address } = await startSecured('net', { security });
    const ada: RemoteClient = securedClient('net', address, ADA);
    expect(await ada.call.who()).toMatchObject({ name: 'ada' });
    name = 'guest';
    const lost = new Promise((resolve) => ada.on('disconnect', resolve));
    security.reauthorize();
    await lost;
    expect(await ada.call.who()).toMatchObject({ name: 'guest' });
  });

  it('does not come in where it is revoked in the moment in which it does', async () => {
    const outcomes = Array.from({ length: 10 }, async (_, turns) => {
      const allow = allowing(ADA.publicKey);
      const revoke = async (): Promise<void> => {
        for (let turn = 0; turn < turns; turn++) {
          await Promise.resolve();
        }
        allow.keys.delete(ADA.publicKey);
        security.reauthorize();
      };
      const security = curveServer({
        secretKey: SERVER.secretKey,
        allow: (key, address) => {
          const isAllowed = allow(key, address);
          void (isAllowed && revoke());
          return isAllowed;
        },
      });
      const { address } = await startSecured('net', { security });
      const ada: RemoteClient = securedClient('net', address, ADA);
      ada.on('error', () => undefined);
      await ada.connect().catch(() => undefined);
      return ada.call.who().then(
        () => 'in',
        ({ code }: { code: string }) => code,
      );
    });
    expect(new Set(await Promise.all(outcomes))).toEqual(new Set(['UNAUTHENTICATED']));
  });

  it('gives its identity back to others, though it had it until then', async () => {
    const { allow, security } = revocable();
    const { address } = await startSecured('net', { security });
    const identity = 'service';
    const ada: RemoteClient = securedClient('net', address, ADA, { identity });
    ada.on('error', () => undefined);
    await ada.connect();
    const lost = new Promise((resolve) => ada.on('disconnect', resolve));
    allow.keys.delete(ADA.publicKey);
    security.reauthorize();
    await lost;
    const bob: RemoteClient = securedClient('net', address, BOB, { identity });
    expect(await bob.call.sender()).toBe(identity);
    expect(await bob.call.who()).toMatchObject({ publicKey: BOB.publicKey });
  });

  it('keeps its link while allow throws, which the server says', async () => {
    const security = curveServer({
      secretKey: SERVER.secretKey,
      allow: () => {
        if (isDown) {
          throw new Error('the database is down');
        }
        return 'ada';
      },
    });
    let isDown = false;
    const { address, server } = await startSecured('net', { security });
    const ada: RemoteClient = securedClient('net', address, ADA);
    await ada.connect();
    const failed = new Promise<Error>((resolve) => server.on('error', resolve));
    isDown = true;
    security.reauthorize();
    expect(await failed).toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/127\.0\.0\.1 stays, though .* the database is down/),
    });
    expect(await ada.call.who()).toMatchObject({ name: 'ada' });
  });

  it('keeps its link to the engine zeromq until that ends, and comes in no more', async () => {
    const { allow, security } = revocable();
    const { address } = await startSecured('zeromq', { security });
    const ada: RemoteClient = securedClient('zeromq', address, ADA);
    await ada.connect();
    allow.keys.delete(ADA.publicKey);
    security.reauthorize();
    expect(await ada.call.who()).toBe('unknown');
    await ada.close();
    await expect(ada.connect()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});

describe.each(ENGINES)('the identity of a peer of the engine %s', (engine) => {
  it('is not taken over by another key', async () => {
    const { address } = await startSecured(engine);
    const identity = 'ada';
    const ada: RemoteClient = securedClient(engine, address, ADA, { identity });
    expect(await ada.call.sender()).toBe(identity);
    const bob: RemoteClient = securedClient(engine, address, BOB, { identity, timeout: 1000 });
    bob.on('error', () => undefined);
    expect(await bob.call.sender().catch(() => 'refused')).not.toBe(identity);
    expect(await ada.call.sender()).toBe(identity);
  });
});
