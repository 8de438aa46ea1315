import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { firstValueFrom, Observable, timeout } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Dealer } from 'zeromq';
import { createClient, startService } from '../support/nest.js';
import { RawServer } from './raw-server.js';
import { Type, readSequence, sequence } from './wire.js';

const OWN_IDENTITY = 'nestjs-remote:raw';

@Controller()
class Quiet {
  static unsubscribed = 0;

  @MessagePattern('silent')
  silent(): Observable<never> {
    return new Observable(() => () => void Quiet.unsubscribed++);
  }

  @MessagePattern('echo')
  echo(value: unknown): unknown {
    return value;
  }
}

const metadata = { controllers: [Quiet] };

/** A bare client whose probe tells the server its identity, as those of clients do. */
function dealerNamed(address: string, identity: string): Dealer {
  const dealer = new Dealer();
  dealer.linger = 0;
  dealer.routingId = identity;
  dealer.probeRouter = true;
  dealer.connect(address);
  onTestFinished(() => dealer.close());
  return dealer;
}

/** What a server says first to a peer of this identity that then calls `echo`. */
async function firstWords(address: string, identity: string): Promise<readonly unknown[]> {
  const dealer = dealerNamed(address, identity);
  await dealer.send(['-', sequence([Type.REQUEST, 1, 'echo', [1]])]);
  const [frame, payload] = await dealer.receive();
  expect(String(frame)).toBe('-');
  return readSequence(payload as Buffer)[0]?.envelope ?? [];
}

describe('a server greets', () => {
  it('a client of this package as soon as it is connected', async () => {
    const { address } = await startService(metadata);
    const [type, info] = await firstWords(address, OWN_IDENTITY);
    expect(type).toBe(Type.HELLO);
    expect((info as Map<number, Buffer>).get(0)).toHaveLength(16);
  });

  it('with a header', async () => {
    const { address } = await startService(metadata);
    const [, payload] = await dealerNamed(address, OWN_IDENTITY).receive();
    expect(readSequence(payload as Buffer)[0]?.header).toEqual(new Map());
  });

  it('under another name each time that it begins to listen', async () => {
    const instances = new Set<string>();
    for (let start = 0; start < 2; start++) {
      const { address } = await startService(metadata);
      const [, info] = await firstWords(address, OWN_IDENTITY);
      instances.add((info as Map<number, Buffer>).get(0)?.toString('hex') ?? '');
    }
    expect(instances.size).toBe(2);
  });

  it('no other peer', async () => {
    const { address } = await startService(metadata);
    const [type] = await firstWords(address, 'nestjs-remot');
    expect(type).toBe(Type.RESPONSE);
  });

  it('nobody without the extension', async () => {
    const { address } = await startService(metadata, {
      bind: 'tcp://127.0.0.1:*',
      extension: false,
    });
    const [type] = await firstWords(address, OWN_IDENTITY);
    expect(type).toBe(Type.RESPONSE);
  });
});

describe('a client that was greeted', () => {
  it('packs its first calls', async () => {
    const server = await RawServer.bind();
    const client = createClient({ connect: server.address, timeout: 0 });
    await client.connect();
    await server.greet();
    await expect.poll(() => packs(server, client)).toBe(true);
  });

  it('cancels a stream that never gave a value', async () => {
    const { address } = await startService(metadata);
    const client = createClient(address);
    await client.connect();
    const stream = client.send('silent', {}).pipe(timeout(50));
    await expect(firstValueFrom(stream)).rejects.toThrow('Timeout');
    await expect.poll(() => Quiet.unsubscribed).toBe(1);
  });

  it('ignores what it does not know in the greeting', async () => {
    const server = await RawServer.bind();
    const client = createClient({ connect: server.address, timeout: 0 });
    await client.connect();
    await server.greet(new Map<number, unknown>([[99, 'later']]));
    await expect.poll(() => packs(server, client)).toBe(true);
    expect([...client.dropCounts]).toEqual([]);
  });

  it('counts a greeting whose info is not a map as malformed', async () => {
    const server = await RawServer.bind();
    const client = createClient({ connect: server.address, timeout: 0 });
    await client.connect();
    await server.greet(5);
    await expect.poll(() => client.dropCounts.get('malformed message')).toBe(1);
  });
});

/** Whether two events of one tick travel together. */
async function packs(server: RawServer, client: ReturnType<typeof createClient>): Promise<boolean> {
  const before = server.inbox.payloads.length;
  const events = ['noted', 'noted'].map((event) => firstValueFrom(client.emit(event, 1)));
  await Promise.all(events.map((event) => event.catch(() => undefined)));
  await expect.poll(() => server.inbox.payloads.length).toBeGreaterThan(before);
  return server.inbox.payloads.at(before)?.messages.length === 2;
}
