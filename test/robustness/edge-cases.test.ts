import { Controller } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { Observable, firstValueFrom, interval, map, take, throwError } from 'rxjs';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { Dealer } from 'zeromq';
import { RemoteCallError, RemoteServer } from 'nestjs-remote';
import { temporaryFolder } from '../nodes/temporary-folder.js';
import { createClient, startService } from '../support/nest.js';

const folder = temporaryFolder();

const gates: (() => void)[] = [];
const events: unknown[] = [];

@Controller()
class EdgeController {
  @MessagePattern('echo')
  echo(@Payload() value: unknown): unknown {
    return value;
  }

  @MessagePattern('hang')
  hang(): Promise<string> {
    return new Promise((resolve) => gates.push(() => resolve('released')));
  }

  @MessagePattern('slow stream')
  slowStream(): Observable<number> {
    return interval(30).pipe(take(8));
  }

  @MessagePattern('unreadable error')
  unreadableError(): Observable<never> {
    return interval(1).pipe(
      take(1),
      map(() => 0),
      () =>
        throwError(() => ({
          get message(): string {
            throw new Error('not to be read');
          },
        })),
    );
  }

  @EventPattern('noted')
  noted(@Payload() value: unknown): void {
    events.push(value);
  }
}

beforeEach(() => {
  gates.length = 0;
  events.length = 0;
});

const metadata = { controllers: [EdgeController] };

function rawDealer(address: string, identity?: string): Dealer {
  const dealer = new Dealer({ linger: 0 });
  if (identity !== undefined) {
    dealer.routingId = identity;
  }
  dealer.connect(address);
  onTestFinished(() => dealer.close());
  return dealer;
}

function listening(server: RemoteServer): Promise<Error | undefined> {
  return new Promise((resolve) => server.listen(resolve));
}

describe('a client', () => {
  it('closes the link of a late call even when that call times out beside another', async () => {
    const { address } = await startService(metadata);
    const client = createClient(address);
    await client.connect();
    await client.close();
    const first = client.issueCall('hang', [], { timeout: 150 });
    const second = client.issueCall('hang', [], { timeout: 10_000 });
    await Promise.allSettled([first, second]);
    await expect.poll(() => isOpen(client)).toBe(false);
  });

  it('goes on working when a listener throws', async () => {
    const { address } = await startService(metadata);
    const client = createClient(address);
    client.on('connect', () => {
      throw new Error('from a listener');
    });
    await client.connect();
    expect(await client.issueCall('echo', [1])).toBe(1);
  });

  it('ends an aborted call whatever its pattern is', async () => {
    const { address } = await startService(metadata);
    const client = createClient(address);
    const controller = new AbortController();
    const pattern = Object.assign(Object.create(null), { cmd: 'hang' }) as object;
    const call = client.issueCall(pattern, [], { signal: controller.signal, timeout: 0 });
    controller.abort();
    await expect(call).rejects.toMatchObject({
      code: 'CANCELLED',
      message: expect.stringContaining('{"cmd":"hang"}'),
    });
  });

  it('ends an event when its signal aborts before a link took it', async () => {
    const client = createClient({ connect: `ipc://${folder}/nobody`, timeout: 0 });
    const controller = new AbortController();
    const options = { notification: true, signal: controller.signal };
    const event = client.issueCall('noted', [1], options);
    controller.abort();
    await expect(event).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('counts an event that cannot be encoded', async () => {
    const client = createClient('tcp://127.0.0.1:1');
    await expect(firstValueFrom(client.emit('noted', { bad: 2n ** 9000n }))).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    expect(client.dropCounts.get('event not sent')).toBe(1);
  });

  it('sends the data that a dispatch hook put in place of the first', async () => {
    const { address } = await startService(metadata);
    const client = createClient(address);
    client.setOnDispatchHook((packet) => {
      packet.data = 'replaced';
    });
    expect(await firstValueFrom(client.send('echo', 'first'))).toBe('replaced');
  });

  it('refuses arguments and metadata that are too long together', async () => {
    const { address } = await startService(metadata);
    const client = createClient({ connect: address, codec: { maxPayload: 2000 } });
    const call = client.issueCall('echo', ['a'.repeat(1000)], {
      metadata: { long: 'b'.repeat(1000) },
    });
    await expect(call).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(await client.issueCall('echo', ['a'.repeat(1000)])).toHaveLength(1000);
  });

  it.each<[string, unknown, object, RegExp]>([
    ['an unknown option', [], { timout: 5 }, /timout.*there is no such option/],
    ['arguments that are no array', 1, {}, /args: 1 cannot be used/],
    ['metadata that is no text', [], { metadata: { a: 1 } }, /metadata\.a: 1 cannot be used/],
  ])('refuses %s of one call', async (_, args, options, message) => {
    const client = createClient('tcp://127.0.0.1:1');
    await expect(client.issueCall('echo', args as [], options)).rejects.toThrow(message);
  });

  it('calls the servers that are there when another can never be reached', async () => {
    const { address } = await startService(metadata);
    const client = createClient({ connect: [`ipc:///${'a'.repeat(300)}`, address] });
    client.on('error', () => undefined);
    expect(await client.issueCall('echo', [1])).toBe(1);
  });
});

describe('a server', () => {
  it('goes on working when a listener throws', async () => {
    const { address, server } = await startService(metadata);
    server.on('drop', () => {
      throw new Error('from a listener');
    });
    await rawDealer(address).send(['-', Buffer.from('ff', 'hex')]);
    await expect.poll(() => server.dropCounts.get('malformed message')).toBe(1);
    expect(await createClient(address).issueCall('echo', [1])).toBe(1);
  });

  it('responds also where the error of a handler cannot be read', async () => {
    const { address } = await startService(metadata);
    await expect(
      createClient({ connect: address, timeout: 0 }).issueCall('unreadable error'),
    ).rejects.toMatchObject({ origin: 'remote' });
  });

  it('responds to a request once although a malformed header follows it', async () => {
    const { address } = await startService(metadata);
    const dealer = rawDealer(address);
    await dealer.send(['-', Buffer.from('840001646563686f8105a10041ff', 'hex')]);
    await dealer.send(['-', Buffer.from('840002646563686f8106', 'hex')]);
    const answers = [await dealer.receive(), await dealer.receive()];
    expect(answers.map(([, payload]) => payload?.subarray(0, 5).toString('hex'))).toEqual([
      '840101f605',
      '840102f606',
    ]);
  });

  it('takes no more than 1,024 envelopes of one payload', async () => {
    const { address, server } = await startService(metadata);
    const envelope = Buffer.from('8302656e6f7465648107', 'hex');
    await rawDealer(address).send(['-', Buffer.concat(Array<Buffer>(2000).fill(envelope))]);
    await expect.poll(() => events.length).toBe(1024);
    expect(server.dropCounts.get('malformed message')).toBe(1);
  });

  it('listens when it was closed and opened again at once', async () => {
    const server = new RemoteServer({ bind: 'tcp://127.0.0.1:*' });
    onTestFinished(() => server.close());
    const first = listening(server);
    void server.close();
    expect(await listening(server)).toBeUndefined();
    expect(await first).toBeInstanceOf(RemoteCallError);
    expect(server.addresses).toHaveLength(1);
  });

  it('turns requests away at once while it drains, also when all its slots are taken', async () => {
    const options = { bind: 'tcp://127.0.0.1:*', concurrency: 1, shutdownTimeout: 0 };
    const { address, server } = await startService(metadata, options);
    const client = createClient({ connect: address, timeout: 0 });
    const running = client.issueCall('hang');
    await expect.poll(() => gates.length).toBe(1);
    const closing = server.close();
    // Clients with the extension would call its successor.
    const base = createClient({ connect: address, timeout: 0, extension: false });
    await expect(base.issueCall('echo', [1])).rejects.toThrow('the server is closing');
    gates.splice(0).forEach((release) => release());
    expect(await running).toBe('released');
    await closing;
  });

  it('limits the time to the first value, not that of all', async () => {
    const options = { bind: 'tcp://127.0.0.1:*', timeout: 150 };
    const { address } = await startService(metadata, options);
    expect(await createClient(address).issueCall('slow stream')).toBe(7);
  });

  it('refuses an ipc path that another one is just binding', async () => {
    const bind = `ipc://${folder}/shared`;
    const servers = [new RemoteServer({ bind }), new RemoteServer({ bind })];
    onTestFinished(async () => {
      await Promise.all(servers.map((server) => server.close()));
    });
    const results = await Promise.all(servers.map(listening));
    expect(results.filter((error) => error === undefined)).toHaveLength(1);
  });

  it('distinguishes identities that begin alike', async () => {
    const { address } = await startService(metadata);
    const client = createClient({ connect: address, identity: 'A\0B', timeout: 0 });
    const call = client.issueCall('hang');
    await expect.poll(() => gates.length).toBe(1);
    await rawDealer(address, 'A').send(['']);
    gates.splice(0).forEach((release) => release());
    expect(await call).toBe('released');
  });
});

describe('a RemoteCallError', () => {
  it('is an instance of a subclass only when it was made by that', () => {
    class Special extends RemoteCallError {}
    expect(new RemoteCallError('plain')).not.toBeInstanceOf(Special);
    expect(new Special('special')).toBeInstanceOf(RemoteCallError);
  });
});

function isOpen(client: { unwrap(): unknown }): boolean {
  try {
    client.unwrap();
    return true;
  } catch {
    return false;
  }
}

describe('closing while something waits to open', () => {
  it('leaves a server closed', async () => {
    const { server } = await startService(metadata);
    const first = server.close();
    const opened = listening(server);
    await Promise.all([first, server.close()]);
    expect(await opened).toMatchObject({ code: 'CANCELLED' });
    expect(server.addresses).toEqual([]);
  });

  it('leaves a client closed', async () => {
    const { address } = await startService(metadata);
    const client = createClient(address);
    await client.connect();
    const first = client.close();
    const connected = client.connect();
    void client.close();
    await expect(connected).rejects.toMatchObject({ code: 'CANCELLED' });
    await first;
    expect(isOpen(client)).toBe(false);
  });
});

describe('options that protect ZeroMQ', () => {
  it.each([
    [
      'a server',
      () => new RemoteServer({ bind: 'udp://127.0.0.1:*', socketOptions: { curveServer: true } }),
    ],
    [
      'a client',
      () => createClient({ connect: 'udp://127.0.0.1:1', socketOptions: { plainUsername: 'a' } }),
    ],
  ])('are refused where %s of datagrams would ignore them', (_, create) => {
    expect(create).toThrow(/does nothing for datagrams/);
  });
});
