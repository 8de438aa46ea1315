import { Controller, Inject, Injectable, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Client, ClientProxyFactory, ClientsModule, MessagePattern } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';
import { expect, onTestFinished, test } from 'vitest';
import { RemoteClient, remoteClient } from 'nestjs-remote';
import { startService } from '../support/nest.js';

@Controller()
class MathController {
  @MessagePattern('sum')
  sum(numbers: number[]): number {
    return numbers.reduce((sum, n) => sum + n, 0);
  }
}

@Injectable()
class Caller {
  constructor(@Inject('MATH') readonly math: RemoteClient) {}
}

const start = () => startService({ controllers: [MathController] });

/** Starts an app of these imports, and gives the client that Nest has injected. */
async function inject(clients: ReturnType<typeof ClientsModule.register>): Promise<RemoteClient> {
  @Module({ imports: [clients], providers: [Caller] })
  class AppModule {}
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  onTestFinished(() => app.close());
  return app.get(Caller).math;
}

test('ClientsModule.register takes customClass', async () => {
  const { address } = await start();
  const client = await inject(
    ClientsModule.register([
      { name: 'MATH', customClass: RemoteClient, options: { connect: address } },
    ]),
  );
  expect(client).toBeInstanceOf(RemoteClient);
  expect(await firstValueFrom(client.send('sum', [1, 2]))).toBe(3);
});

test('ClientsModule.register takes remoteClient(), typed', async () => {
  const { address } = await start();
  const client = await inject(
    ClientsModule.register([remoteClient({ name: 'MATH', connect: address, timeout: 1000 })]),
  );
  expect(await client.issueCall('sum', [[1, 2]])).toBe(3);
  // @ts-expect-error -- the compiler knows the options
  expect(() => new RemoteClient(remoteClient({ name: 'X', conect: address }).options)).toThrow(
    'option conect',
  );
});

test('ClientsModule.registerAsync takes a factory', async () => {
  const { address } = await start();
  const client = await inject(
    ClientsModule.registerAsync([
      {
        name: 'MATH',
        useFactory: () => ({ customClass: RemoteClient, options: { connect: address } }),
      },
    ]),
  );
  expect(await client.call.sum([1, 2])).toBe(3);
});

test("the app's close closes the clients of ClientsModule", async () => {
  const { address } = await start();
  @Module({
    imports: [ClientsModule.register([remoteClient({ name: 'MATH', connect: address })])],
    providers: [Caller],
  })
  class AppModule {}
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  const client = app.get(Caller).math;
  await client.connect();
  await app.close();
  expect(() => client.unwrap()).toThrow('Not initialized');
});

test('ClientProxyFactory.create makes one', async () => {
  const { address } = await start();
  const client = ClientProxyFactory.create({
    customClass: RemoteClient,
    options: { connect: address },
  });
  onTestFinished(() => client.close());
  expect(await firstValueFrom(client.send('sum', [1, 2]))).toBe(3);
});

test('@Client sets one as a property', async () => {
  const { address } = await start();
  const options = { customClass: RemoteClient, options: { connect: address } };
  @Controller()
  class CallingController {
    @Client(options) client!: RemoteClient;
  }
  const { app } = await startService({ controllers: [CallingController as Type] });
  expect(await app.get(CallingController).client.call.sum([1, 2])).toBe(3);
});

test("@Client takes remoteClient(), whose client the app's close closes", async () => {
  const { address } = await start();
  @Controller()
  class CallingController {
    @Client(remoteClient({ name: 'MATH', connect: address })) client!: RemoteClient;
  }
  const { app } = await startService({ controllers: [CallingController as Type] });
  const { client } = app.get(CallingController);
  await client.connect();
  await app.close();
  expect(() => client.unwrap()).toThrow('Not initialized');
});

test('ClientsModule.registerAsync takes remoteClient()', async () => {
  const { address } = await start();
  const client = await inject(
    ClientsModule.registerAsync([
      { name: 'MATH', useFactory: () => remoteClient({ name: 'MATH', connect: address }) },
    ]),
  );
  expect(await client.call.sum([1, 2])).toBe(3);
});
