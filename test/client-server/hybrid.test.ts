import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientTCP, EventPattern, MessagePattern, Payload, ServerTCP } from '@nestjs/microservices';
import type { AddressInfo, Server } from 'node:net';
import { firstValueFrom } from 'rxjs';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { createClient } from '../support/nest.js';
import { Arg, Args, REMOTE_TRANSPORT, RemoteServer } from 'nestjs-remote';
import { NoHttpAdapter } from '../fixtures/no-http.adapter.mjs';

const SECOND = Symbol('second');
const seen: unknown[] = [];

@Controller()
class HybridController {
  @MessagePattern('everywhere')
  everywhere(): string {
    return 'everywhere';
  }

  @MessagePattern('first only', REMOTE_TRANSPORT)
  firstOnly(): string {
    return 'first';
  }

  @MessagePattern('second only', SECOND)
  secondOnly(): string {
    return 'second';
  }

  @MessagePattern('arguments')
  arguments(@Arg(0) first: unknown, @Arg(1) second: unknown, @Args() all: unknown[]): unknown {
    return { first, second, all };
  }

  @EventPattern('event', SECOND)
  event(@Payload() data: unknown): void {
    seen.push(data);
  }
}

const first = () => new RemoteServer({ bind: 'tcp://127.0.0.1:*' });
const second = () => new RemoteServer({ bind: 'tcp://127.0.0.1:*', transportId: SECOND });

/** Starts one app with all of these servers. */
async function startHybrid(...servers: (RemoteServer | ServerTCP)[]): Promise<void> {
  @Module({ controllers: [HybridController] })
  class AppModule {}
  const app = await NestFactory.create(AppModule, new NoHttpAdapter(), { logger: false });
  for (const strategy of servers) {
    app.connectMicroservice({ strategy });
  }
  await app.init();
  await app.startAllMicroservices();
  onTestFinished(() => app.close());
}

beforeEach(() => {
  seen.length = 0;
});

test('two of our servers in one app serve each its own handlers and the common ones', async () => {
  const [one, two] = [first(), second()];
  await startHybrid(one, two);
  const [toOne, toTwo] = [createClient(one.addresses[0]!), createClient(two.addresses[0]!)];
  expect(await toOne.call.everywhere()).toBe('everywhere');
  expect(await toTwo.call.everywhere()).toBe('everywhere');
  expect(await toOne.call['first only']()).toBe('first');
  expect(await toTwo.call['second only']()).toBe('second');
  await expect(toOne.call['second only']()).rejects.toMatchObject({ code: 'UNIMPLEMENTED' });
  await expect(toTwo.call['first only']()).rejects.toMatchObject({ code: 'UNIMPLEMENTED' });
  await toOne.notify.event(1);
  await toTwo.notify.event(2);
  await expect.poll(() => seen).toEqual([2]);
});

test('transportId stays writable, as Nest sets it', () => {
  const server = first();
  expect(server.transportId).toBe(REMOTE_TRANSPORT);
  server.setTransportId(SECOND);
  expect(server.transportId).toBe(SECOND);
});

test('REMOTE_TRANSPORT is the same symbol in every copy of the package', () => {
  expect(REMOTE_TRANSPORT).toBe(Symbol.for('nestjs-remote'));
});

test("closing one server leaves the app's other one running", async () => {
  const [one, two] = [first(), second()];
  await startHybrid(one, two);
  const toTwo = createClient(two.addresses[0]!);
  await one.close();
  expect(await toTwo.call.everywhere()).toBe('everywhere');
});

test.each([
  [[1, 2], { first: 1, second: 2, all: [1, 2] }],
  ['text', { first: 'text', all: ['text'] }],
  [{ a: 1 }, { first: { a: 1 }, all: [{ a: 1 }] }],
])('under TCP @Arg(n) of %j takes data[n] of an array, else data for n = 0', async (data, all) => {
  const tcp = new ServerTCP({ host: '127.0.0.1', port: 0 });
  await startHybrid(tcp, first());
  const { port } = tcp.unwrap<Server>().address() as AddressInfo;
  const client = new ClientTCP({ host: '127.0.0.1', port });
  onTestFinished(() => client.close());
  expect(await firstValueFrom(client.send('arguments', data))).toEqual(all);
});
