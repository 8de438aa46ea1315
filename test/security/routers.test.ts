import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import {
  type CurveKeyPair,
  type CurveSecurity,
  type RemoteClient,
  Router,
  type RouterOptions,
  curveClient,
  curveServer,
} from 'nestjs-remote';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ENGINES, type Engine } from '../../lib/nodes/engine.js';
import { type RunningService, startService } from '../support/nest.js';
import {
  ADA,
  BOB,
  FRIENDS,
  SERVER,
  STRANGER,
  WhoController,
  securedClient,
  startSecured,
} from './site.js';

/** A router that lets friends in on both sides, unless told otherwise. */
async function startRouter(
  engine: Engine,
  security: NonNullable<RouterOptions['security']> = curveServer({
    secretKey: SERVER.secretKey,
    allow: FRIENDS,
  }),
): Promise<{ frontend: string; backend: string }> {
  const router = await Router.bind({
    frontend: 'tcp://127.0.0.1:*',
    backend: 'tcp://127.0.0.1:*',
    engine,
    security,
    logger: false,
  });
  onTestFinished(() => router.close());
  const [[frontend = ''], [backend = '']] = [router.addresses.frontend, router.addresses.backend];
  return { frontend, backend };
}

/** A service behind a router, which is called `who`. */
function serviceOf(
  engine: Engine,
  connect: string,
  { secretKey }: CurveKeyPair,
): Promise<RunningService> {
  return startService(
    { controllers: [WhoController] },
    {
      connect,
      identity: 'who',
      engine,
      security: curveClient({ serverKey: SERVER.publicKey, secretKey }),
    },
  );
}

/** Calls until the service is connected to the router. */
async function answerOf(client: RemoteClient): Promise<void> {
  // Behind a router nobody's key is known.
  await expect.poll(() => client.call.who().catch(() => undefined)).toBe('unknown');
}

describe.each(ENGINES)('a router of the engine %s', (engine) => {
  it('lets in clients and services that it knows', async () => {
    const { frontend, backend } = await startRouter(engine);
    await serviceOf(engine, backend, ADA);
    await answerOf(securedClient(engine, frontend, BOB, { address: 'who' }));
    const stranger: RemoteClient = securedClient(engine, frontend, STRANGER, { address: 'who' });
    await expect(stranger.call.who()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('gives nobody the calls of a service whose key another one has', async () => {
    const { frontend, backend } = await startRouter(engine);
    await serviceOf(engine, backend, ADA);
    const client: RemoteClient = securedClient(engine, frontend, BOB, { address: 'who' });
    await answerOf(client);
    const impostor = await serviceOf(engine, backend, BOB);
    const seen: unknown[] = [];
    impostor.server.on('error', ({ code }) => seen.push(code));
    impostor.server.on('connect', () => seen.push('connected'));
    await expect.poll(() => seen.length).toBeGreaterThan(0);
    await answerOf(client);
  });
});

it.each(ENGINES)('a router of the engine %s may know others on each side', async (engine) => {
  const curveOf = ({ publicKey }: CurveKeyPair): CurveSecurity =>
    curveServer({ secretKey: SERVER.secretKey, allow: [publicKey] });
  const { frontend, backend } = await startRouter(engine, {
    frontend: curveOf(BOB),
    backend: curveOf(ADA),
  });
  await serviceOf(engine, backend, ADA);
  await answerOf(securedClient(engine, frontend, BOB, { address: 'who' }));
  const asClient: RemoteClient = securedClient(engine, frontend, ADA, { address: 'who' });
  await expect(asClient.call.who()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  const asService = await serviceOf(engine, backend, BOB);
  const refusal = new Promise((resolve) => asService.server.on('error', resolve));
  expect(await refusal).toMatchObject({ code: 'UNAUTHENTICATED' });
});

describe('a router of the engine net', () => {
  it('keeps an identity for the key that first had it, also while nobody has it', async () => {
    const { frontend, backend } = await startRouter('net');
    const real = await serviceOf('net', backend, ADA);
    const client: RemoteClient = securedClient('net', frontend, BOB, { address: 'who' });
    await answerOf(client);
    await real.app.close();
    const impostor = await serviceOf('net', backend, BOB);
    const refusal = new Promise((resolve) => impostor.server.on('error', resolve));
    expect(await refusal).toMatchObject({ code: 'UNAUTHENTICATED' });
    const codeOf = (): Promise<unknown> =>
      client.call.who().catch(({ code }: { code: string }) => code);
    await expect.poll(codeOf).toBe('UNAVAILABLE');
    await serviceOf('net', backend, ADA);
    await answerOf(client);
  });
});

const events: unknown[] = [];

@Controller()
class LogController {
  @EventPattern('log')
  log(@Payload() line: unknown): void {
    events.push(line);
  }
}

describe.each(ENGINES)('a publisher of the engine %s', (engine) => {
  it('reaches the subscriber that lets it in', async () => {
    const { address } = await startSecured(engine, { socket: 'sub' }, LogController);
    const publisher: RemoteClient = securedClient(engine, address, ADA, { socket: 'pub' });
    await expect
      .poll(async () => {
        await publisher.notify.log(engine);
        return events;
      })
      .toContain(engine);
    const stranger: RemoteClient = securedClient(engine, address, STRANGER, { socket: 'pub' });
    const refused = new Promise((resolve) => stranger.on('error', ({ code }) => resolve(code)));
    await stranger.notify.log('stranger');
    expect(await refused).toBe('UNAUTHENTICATED');
    await stranger.notify.log('stranger');
    expect(events).not.toContain('stranger');
  });
});
