import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, EventPattern, MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import { firstValueFrom, of } from 'rxjs';
import { expect, test } from 'vitest';
import { Arg, RemoteClient, RemoteContext, RemoteServer } from 'nestjs-remote';

const events: unknown[] = [];
@Controller()
class C {
  @MessagePattern('sum') sum(@Payload() n: number[]) { return n.reduce((a, b) => a + b, 0); }
  @MessagePattern('add') add(@Arg(0) a: number, @Arg(1) b: number) { return a + b; }
  @MessagePattern('obs') obs() { return of(1, 2, 3); }
  @MessagePattern('fail') fail() { throw new RpcException('no'); }
  @MessagePattern('oops') oops() { throw new Error('no'); }
  @MessagePattern('meta') meta(@Ctx() c: RemoteContext) { return [c.getMetadata(), c.getPattern(), c.getSender(), c.getDeadline()]; }
  @MessagePattern('nothing') nothing() {}
  @MessagePattern({ cmd: 'x', b: 1 }) x(@Payload() p: unknown) { return p; }
  @EventPattern('ev') ev(@Payload() p: unknown) { events.push(p); }
}
@Module({ controllers: [C] })
class M {}

test('smoke', async () => {
  const server = new RemoteServer({ bind: 'tcp://127.0.0.1:*' });
  const app = await NestFactory.createMicroservice(M, { strategy: server });
  await app.listen();
  const client = new RemoteClient({ connect: [...server.addresses] });
  await client.connect();
  expect(await firstValueFrom(client.send('sum', [1, 2, 3]))).toBe(6);
  expect(await client.call.add(1, 2)).toBe(3);
  expect(await client.call.obs(1, 2)).toBe(3);
  await expect(firstValueFrom(client.send('fail', 1))).rejects.toEqual({ status: 'error', message: 'no' });
  await expect(firstValueFrom(client.send('oops', 1))).rejects.toEqual({ status: 'error', message: 'Internal server error' });
  await expect(firstValueFrom(client.send('zz', 1))).rejects.toEqual('There is no matching message handler defined in the remote service.');
  await expect(client.issueCall('zz')).rejects.toMatchObject({ code: 'UNIMPLEMENTED', origin: 'remote' });
  console.log(await client.call.meta());
  expect(await firstValueFrom(client.send('nothing', 1), { defaultValue: 'none' })).toBe('none');
  expect(await firstValueFrom(client.send({ b: 1, cmd: 'x' }, 5))).toBe(5);
  await firstValueFrom(client.emit('ev', 5));
  await expect.poll(() => events).toEqual([5]);
  await client.close();
  await app.close();
});
