import { Controller } from '@nestjs/common';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import { Dealer, Router } from 'zeromq';
import { expect, test } from 'vitest';
import { RemoteClient, RemoteServer } from 'nestjs-remote';
import { createClient, startService } from '../support/nest.js';

@Controller()
class EchoController {
  @MessagePattern('echo')
  echo(data: unknown): unknown {
    return data;
  }

  @EventPattern('event')
  event(_data: unknown): void {}
}

const start = () => startService({ controllers: [EchoController] });

test("status of a client follows its link: 'connected', 'disconnected'", async () => {
  const { address, server } = await start();
  const client = createClient(address);
  const states: string[] = [];
  client.status.subscribe((status) => states.push(status));
  await client.connect();
  expect(states).toEqual(['connected']);
  await server.close();
  await expect.poll(() => states).toEqual(['connected', 'disconnected']);
});

test("status of a client is 'disconnected' after close", async () => {
  const { address } = await start();
  const client = createClient(address);
  const states: string[] = [];
  client.status.subscribe((status) => states.push(status));
  await client.connect();
  await client.close();
  expect(states).toEqual(['connected', 'disconnected']);
});

test("status of a server: 'connected' while it listens, then 'disconnected'", async () => {
  const { app, server } = await start();
  const states: string[] = [];
  app.status.subscribe((status) => states.push(status));
  expect(states).toEqual(['connected']);
  await server.close();
  expect(states).toEqual(['connected', 'disconnected']);
});

test('listeners of a client that came before connect are kept, also after close', async () => {
  const { address } = await start();
  const client = createClient(address);
  const log: string[] = [];
  client.on('connect', (name) => log.push(`connect ${name}`));
  client.on('disconnect', (name, reason) => log.push(`disconnect ${name} ${reason}`));
  await client.connect();
  await client.close();
  await client.connect();
  expect(log).toEqual([`connect ${address}`, `disconnect ${address} closed`, `connect ${address}`]);
});

test('listeners of a server that came before listen are kept', async () => {
  const server = new RemoteServer({ bind: 'tcp://127.0.0.1:*' });
  const log: string[] = [];
  server.on('connect', () => log.push('connect'));
  server.on('disconnect', (reason) => log.push(`disconnect ${reason}`));
  await new Promise((resolve) => server.listen(resolve));
  await server.close();
  expect(log).toEqual(['connect', 'disconnect closed']);
});

test('a server reports what it drops, counts it, and runs on', async () => {
  const { address, server } = await start();
  const reports: unknown[] = [];
  server.on('drop', (report) => reports.push(report));
  const client = createClient(address);
  client.emit('nobody handles this', 1);
  await expect
    .poll(() => reports)
    .toMatchObject([
      { reason: 'event without a handler', count: 1, detail: expect.stringContaining('nobody') },
    ]);
  expect(server.dropCounts).toEqual(new Map([['event without a handler', 1]]));
  expect(await client.call.echo(1)).toBe(1);
});

test('an event that no link takes within the timeout errors and is counted', async () => {
  const client = createClient({ connect: 'ipc:///nobody/listens/here', timeout: 20 });
  const reports: unknown[] = [];
  client.on('drop', (report) => reports.push(report));
  client.on('error', () => undefined);
  await expect(client.notify.event()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(client.dropCounts).toEqual(new Map([['event not sent', 1]]));
  expect(reports).toHaveLength(1);
});

test('unwrap() of a client is its sockets, and throws Not initialized before', async () => {
  const { address } = await start();
  const client = createClient({ connect: address, engine: 'zeromq' });
  expect(() => client.unwrap()).toThrow('Not initialized');
  await client.connect();
  const sockets = client.unwrap<Dealer[]>();
  expect(sockets).toHaveLength(1);
  expect(sockets[0]).toBeInstanceOf(Dealer);
  await client.close();
  expect(() => client.unwrap()).toThrow('Not initialized');
});

test('unwrap() is the sockets of this package with the engine net', async () => {
  const options = { bind: 'tcp://127.0.0.1:*', engine: 'net' } as const;
  const { app, address } = await startService({ controllers: [EchoController] }, options);
  expect(app.unwrap()).toMatchObject([{ closed: false, lastEndpoint: address }]);
});

test('unwrap() of a server is its sockets, and throws Not initialized before', async () => {
  expect(() => new RemoteServer({ bind: 'tcp://127.0.0.1:*' }).unwrap()).toThrow('Not initialized');
  const options = { bind: 'tcp://127.0.0.1:*', engine: 'zeromq' } as const;
  const { app } = await startService({ controllers: [EchoController] }, options);
  const sockets = app.unwrap<Router[]>();
  expect(sockets).toHaveLength(1);
  expect(sockets[0]).toBeInstanceOf(Router);
});

test.each([
  ['send', { connect: 'ipc:///nobody/listens/here', timeout: 20 }],
  ['connect', { connect: ['ipc:///nobody/listens/here', 'ipc:///nor/here'], timeout: 20 }],
])('%s that times out names the addresses, the time and the option', async (what, options) => {
  const client = createClient(options);
  const failing = what === 'send' ? client.call.echo(1) : client.connect();
  const error = (await Promise.resolve(failing).catch((cause: unknown) => cause)) as Error;
  expect(error).toMatchObject({ code: 'UNAVAILABLE', origin: 'local' });
  for (const part of [options.connect].flat()) {
    expect(error.message).toContain(part);
  }
  expect(error.message).toContain('20 ms (option timeout)');
});

test('a subclass may change errors and responses, also of call', async () => {
  class Changing extends RemoteClient {
    protected override serializeError(error: unknown): unknown {
      return { changed: error };
    }

    protected override serializeResponse(response: unknown): unknown {
      return { changed: response };
    }
  }
  const { address } = await start();
  const client = new Changing({ connect: address });
  const outcome = (pattern: string): Promise<unknown> =>
    new Promise((resolve) => {
      client.send(pattern, 1).subscribe({ next: resolve, error: resolve });
    });
  expect(await outcome('echo')).toEqual({ changed: 1 });
  expect(await outcome('unknown')).toEqual({ changed: expect.stringContaining('no matching') });
  expect(await client.call.echo(1)).toEqual({ changed: 1 });
  await client.close();
});
