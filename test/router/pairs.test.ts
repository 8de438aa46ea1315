import type { RemoteClient } from 'nestjs-remote';
import { describe, expect, it } from 'vitest';
import { CalculatorController } from '../interop/calculator.controller.js';
import { describePython } from '../interop/python-peer.js';
import { fromHex, startPeer, toHex } from '../interop/start-peer.js';
import { type Handlers, echo, listen } from '../robustness/plain-service.js';
import { vacantAddress } from '../robustness/processes.js';
import { keepCalling } from '../support/keep-calling.js';
import { led } from '../support/led.js';
import { createClient, startService } from '../support/nest.js';
import { areServed, clientOf, isMissed, startPair } from './pair.js';
import { type RunningRouter, startRouter } from './peers.js';

const NUMBERS = Array.from({ length: 100 }, (_, number) => number);

const frontendsOf = (pair: readonly RunningRouter[]): string[] =>
  pair.map(({ frontend }) => frontend);

/** Two routers, of which only the second knows the service, and a client of both. */
async function startHalfKnown(
  handlers: Handlers = { requests: { echo } },
): Promise<{ pair: [RunningRouter, RunningRouter]; client: RemoteClient }> {
  const pair = await startPair();
  await listen(handlers, { connect: pair[1].backend, identity: 'svc' });
  await areServed([pair[1].frontend], 'svc');
  return { pair, client: await clientOf(frontendsOf(pair), { address: 'svc' }) };
}

/** Makes calls until the router that does not know the service has said so. */
function isFoundMissing(client: RemoteClient, { router }: RunningRouter): Promise<void> {
  return expect
    .poll(() => client.call.echo(1).then(() => router.counts.bounced))
    .toBeGreaterThan(0);
}

describe('Two routers', () => {
  it('share the calls of a client to a service that is connected to both', async () => {
    const pair = await startPair();
    const connect = pair.map(({ backend }) => backend);
    await listen({ requests: { echo } }, { connect, identity: 'svc' });
    await areServed(frontendsOf(pair), 'svc');
    const client = await clientOf(frontendsOf(pair), { address: 'svc' });
    const counts = (): number[] => pair.map(({ router }) => router.counts.forwarded.frontend);
    const before = counts();

    for (const number of NUMBERS) {
      expect(await client.call.echo(number)).toBe(number);
    }

    const passed = counts().map((count, index) => count - (before[index] ?? 0));
    expect(passed).toEqual([NUMBERS.length / 2, NUMBERS.length / 2]);
  });

  it('fail no call to a service that only one of them knows', async () => {
    const { client } = await startHalfKnown();

    expect(await Promise.all(NUMBERS.map((number) => client.call.echo(number)))).toEqual(NUMBERS);
    for (const number of NUMBERS) {
      expect(await client.call.echo(number)).toBe(number);
    }
  });

  it('fail no call of a client whose link to the one that knows the service is about to come up', async () => {
    const { pair } = await startHalfKnown();

    for (let count = 0; count < 10; count++) {
      const client = createClient({ connect: frontendsOf(pair), address: 'svc' });
      await client.connect();
      expect(await client.call.echo(1)).toBe(1);
      await client.close();
    }
  });

  it('get events where the service is known, once a call has shown where', async () => {
    const events: unknown[] = [];
    const note = (data: unknown): Promise<void> => Promise.resolve(void events.push(data));
    const { pair, client } = await startHalfKnown({ requests: { echo }, events: { note } });
    await isFoundMissing(client, pair[0]);

    for (const number of NUMBERS) {
      await client.notify.note(number);
    }

    await expect.poll(() => events).toEqual(NUMBERS);
    expect(client.dropCounts).toEqual(new Map());
  });

  it('are tried again where a service was missing', async () => {
    const { pair, client } = await startHalfKnown();
    await isFoundMissing(client, pair[0]);
    await listen({ requests: { echo } }, { connect: pair[0].backend, identity: 'svc' });
    await areServed([pair[0].frontend], 'svc');
    const before = pair[0].router.counts.forwarded.frontend;

    await expect
      .poll(() => client.call.echo(1).then(() => pair[0].router.counts.forwarded.frontend))
      .toBeGreaterThan(before);
  });

  it('are found again by a service that moves from one to the other', async () => {
    const pair = await startPair();
    const client = await clientOf(frontendsOf(pair), { address: 'svc' });
    for (const { frontend, backend } of [...pair, ...pair]) {
      const service = await listen({ requests: { echo } }, { connect: backend, identity: 'svc' });
      await areServed([frontend], 'svc');
      expect(await Promise.all(NUMBERS.map((number) => client.call.echo(number)))).toEqual(NUMBERS);
      await service.server.close();
      await isMissed(frontend, 'svc');
    }
  });

  it('lose no call of a service that leaves one of them, again and again', async () => {
    const pair = await startPair();
    const [one, other] = pair.map(({ backend }) => backend) as [string, string];
    const { resolve, lead } = led([one, other]);
    const { server } = await listen({ requests: { echo } }, { resolve, identity: 'svc' });
    const client = await clientOf(frontendsOf(pair), { address: 'svc', timeout: 3000 });
    await areServed(frontendsOf(pair), 'svc');
    const calls = keepCalling(client);
    const turns = Array.from({ length: 8 }, (_, turn) => (turn % 2 ? pair.toReversed() : pair));
    for (const [left, kept] of turns) {
      const forwarded = (): number => left!.router.counts.forwarded.frontend;
      const before = forwarded();
      await expect.poll(forwarded).toBeGreaterThan(before + 10);
      lead([kept!.backend]);
      await expect.poll(() => server.unwrap<unknown[]>()).toHaveLength(1);
      lead([one, other]);
      await areServed([left!.frontend], 'svc');
    }
    expect(await calls.stop()).toEqual([]);
  });

  it('lose no call of clients that call now and then while a service leaves one of them', async () => {
    const pair = await startPair();
    const [one, other] = pair.map(({ backend }) => backend) as [string, string];
    const { resolve, lead } = led([one, other]);
    const { server } = await listen({ requests: { echo } }, { resolve, identity: 'svc' });
    await areServed(frontendsOf(pair), 'svc');
    const frontends = frontendsOf(pair);
    const many = Array.from({ length: 100 }, () => clientOf(frontends, { address: 'svc' }));
    const calls = (await Promise.all(many)).map((client) => keepCalling(client, ['echo'], 200));
    for (const kept of [one, other, one, other, one, other]) {
      lead([kept]);
      await expect.poll(() => server.unwrap<unknown[]>()).toHaveLength(1);
      lead([one, other]);
      await areServed(frontends, 'svc');
    }
    const failures = await Promise.all(calls.map((each) => each.stop()));
    expect(failures.flat()).toEqual([]);
  });

  it('keep a service that is led back to one of them before it has left', async () => {
    const pair = await startPair();
    const [one, other] = pair.map(({ backend }) => backend) as [string, string];
    const { resolve, lead } = led([one, other]);
    const held: (() => void)[] = [];
    const hold = (): Promise<unknown> => new Promise((end) => held.push(() => end('held')));
    const { server } = await listen({ requests: { echo, hold } }, { resolve, identity: 'svc' });
    await areServed(frontendsOf(pair), 'svc');
    const client = await clientOf([pair[0].frontend], { address: 'svc', timeout: 0 });
    const inFlight = client.call.hold();
    await expect.poll(() => held.length).toBe(1);

    lead([other]);
    // Refused for as long as it leaves.
    await expect.poll(() => client.call.echo(1).catch(() => 'refused')).toBe('refused');
    lead([one, other]);

    await areServed(frontendsOf(pair), 'svc');
    held.forEach((release) => release());
    expect(await inFlight).toBe('held');
    await areServed(frontendsOf(pair), 'svc');
    expect(server.unwrap<unknown[]>()).toHaveLength(2);
  });

  it('fail a call at once that neither can deliver', async () => {
    const pair = await startPair();
    const client = await clientOf(frontendsOf(pair), { address: 'nobody', timeout: 0 });

    await expect(client.call.echo(1)).rejects.toMatchObject({
      origin: 'local',
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/^no service 'nobody' is connected to the router at /u),
    });
    expect(pair.map(({ router }) => router.counts.bounced)).toEqual([1, 1]);
  });

  it('fail such a call, and those behind it, where the other one cannot be reached', async () => {
    const { frontend } = await startRouter();
    const connect = [frontend, await vacantAddress()];
    const client = createClient({ connect, address: 'nobody', timeout: 0 });

    const calls = await Promise.allSettled(NUMBERS.map((number) => client.call.echo(number)));

    for (const call of calls) {
      expect(call).toMatchObject({ status: 'rejected', reason: { code: 'UNAVAILABLE' } });
    }
  });
});

describePython('Behind two routers', () => {
  it('Python services and a Python client of one router each notice nothing', async () => {
    const pair = await startPair();
    for (const { backend } of pair) {
      await startPeer('service', '--connect', backend, '--identity', 'python');
    }
    const connect = pair.map(({ backend }) => backend);
    await startService({ controllers: [CalculatorController] }, { connect, identity: 'nest' });
    await areServed(frontendsOf(pair), 'python', 'add');
    await areServed(frontendsOf(pair), 'nest', 'add');
    const client = await clientOf(frontendsOf(pair));
    const python = await startPeer('client', '--connect', pair[0].frontend);

    for (const number of NUMBERS) {
      expect(await client.issueCall('add', [number, 1], { address: 'python' })).toBe(number + 1);
    }
    for (const address of ['python', 'nest']) {
      const args = toHex([1, 2]);
      const { result } = await python.request({ op: 'call', address, method: 'add', args });
      expect(fromHex(result)).toBe(3);
    }
  });
});
