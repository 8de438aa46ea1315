import { type DynamicModule, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import {
  InjectRemote,
  RemoteClient,
  type RemoteClientOptions,
  type RemoteDefaults,
  RemoteModule,
} from 'nestjs-remote';
import { createRemotePair, fakeService } from 'nestjs-remote/testing';
import { expect, it, onTestFinished } from 'vitest';

const methods = { add: (a: number, b: number) => a + b };

@Injectable()
class Caller {
  constructor(@InjectRemote('MATH') readonly math: RemoteClient<typeof methods>) {}
}

/** Where a service answers until the test has finished. */
function serve(served: object = methods): string {
  const { address, close } = fakeService(served);
  onTestFinished(close);
  return address;
}

/** Starts an app of these modules, and gives the client that Nest has injected. */
async function inject(...imports: DynamicModule[]): Promise<RemoteClient<typeof methods>> {
  @Module({ imports, providers: [Caller] })
  class AppModule {}
  const app = await NestFactory.createApplicationContext(AppModule, {
    logger: false,
    abortOnError: false,
  });
  onTestFinished(() => app.close());
  return app.get(Caller).math;
}

/** The error of a client that finds nobody, which says how long it has waited. */
async function timeoutOf(client: RemoteClient): Promise<unknown> {
  return client.connect().catch((error: { message: string }) => error.message);
}

@Injectable()
class Settings {
  readonly address = serve();

  createRemoteOptions(): RemoteClientOptions {
    return { connect: this.address };
  }
}

@Module({ providers: [Settings], exports: [Settings] })
class SettingsModule {}

it('register provides a client under one name', async () => {
  const math = await inject(RemoteModule.register({ name: 'MATH', connect: serve() }));
  expect(math).toBeInstanceOf(RemoteClient);
  expect(await math.call.add(1, 2)).toBe(3);
});

it('registerAsync provides a client whose options a factory makes', async () => {
  const math = await inject(
    RemoteModule.registerAsync({
      name: 'MATH',
      imports: [SettingsModule],
      inject: [Settings],
      useFactory: async ({ address }: Settings) => ({ connect: address }),
    }),
  );
  expect(await math.call.add(1, 2)).toBe(3);
});

it.each([
  ['a class', { useClass: Settings }],
  ['a provider', { imports: [SettingsModule], useExisting: Settings }],
])('registerAsync provides a client whose options %s makes', async (_, options) => {
  const math = await inject(RemoteModule.registerAsync({ name: 'MATH', ...options }));
  expect(await math.call.add(1, 2)).toBe(3);
});

it('forFeature provides a client with the options of forRoot', async () => {
  const math = await inject(
    RemoteModule.forRoot({ timeout: 1 }),
    RemoteModule.forFeature({ name: 'MATH', connect: 'memory://nobody' }),
  );
  expect(await timeoutOf(math)).toContain('1 ms');
});

it('forFeature prefers its own options', async () => {
  const math = await inject(
    RemoteModule.forRootAsync({ useFactory: (): RemoteDefaults => ({ timeout: 60_000 }) }),
    RemoteModule.forFeature({ name: 'MATH', connect: 'memory://nobody', timeout: 2 }),
  );
  expect(await timeoutOf(math)).toContain('2 ms');
});

it('forFeature fails without forRoot', async () => {
  const feature = RemoteModule.forFeature({ name: 'MATH', connect: 'memory://nobody' });
  await expect(inject(feature)).rejects.toThrow('nestjs-remote defaults');
});

it('provides several clients to one app', async () => {
  @Injectable()
  class Both {
    constructor(
      @InjectRemote('MATH') readonly math: RemoteClient<typeof methods>,
      @InjectRemote('WORDS') readonly words: RemoteClient<{ upper(text: string): string }>,
    ) {}
  }
  const module = await Test.createTestingModule({
    imports: [
      RemoteModule.register({ name: 'MATH', connect: serve() }),
      RemoteModule.register({
        name: 'WORDS',
        connect: serve({ upper: (text: string) => text.toUpperCase() }),
      }),
    ],
    providers: [Both],
  }).compile();
  const { math, words } = module.get(Both);
  expect([await math.call.add(1, 2), await words.call.upper('a')]).toEqual([3, 'A']);
  await module.close();
});

it('provides a global client to modules that do not import it', async () => {
  @Module({ providers: [Caller] })
  class FeatureModule {}
  const module = await Test.createTestingModule({
    imports: [
      RemoteModule.register({ name: 'MATH', connect: serve(), isGlobal: true }),
      FeatureModule,
    ],
  }).compile();
  expect(await module.get(Caller, { strict: false }).math.call.add(1, 2)).toBe(3);
  await module.close();
});

it('takes a symbol for a name', async () => {
  const MATH = Symbol('MATH');
  const module = await Test.createTestingModule({
    imports: [RemoteModule.register({ name: MATH, connect: serve() })],
  }).compile();
  expect(await module.get<RemoteClient>(MATH).call.add(1, 2)).toBe(3);
  await module.close();
});

it('closes its clients with the app', async () => {
  const { server, address } = createRemotePair();
  server.addHandler('add', async ([a, b]: [number, number]) => a + b);
  server.listen(() => undefined);
  onTestFinished(() => server.close());
  const module = await Test.createTestingModule({
    imports: [RemoteModule.register({ name: 'MATH', connect: address })],
  }).compile();
  const math = module.get<RemoteClient>('MATH');
  await math.call.add(1, 2);
  await module.close();
  expect(() => math.unwrap()).toThrow('Not initialized');
});

it('lets a test override the client by its name', async () => {
  const math = fakeService({ add: () => 42 });
  onTestFinished(math.close);
  const module = await Test.createTestingModule({
    imports: [RemoteModule.register({ name: 'MATH', connect: 'memory://nobody' })],
    providers: [Caller],
  })
    .overrideProvider('MATH')
    .useValue(math.client)
    .compile();
  expect(await module.get(Caller).math.call.add(1, 2)).toBe(42);
  await module.close();
});

it('needs a name', () => {
  const nameless = { connect: 'memory://nobody' } as Parameters<typeof RemoteModule.register>[0];
  for (const method of ['register', 'forFeature'] as const) {
    expect(() => RemoteModule[method](nameless)).toThrow('option name');
  }
});

it('names a wrong option when the app starts', async () => {
  const wrong = { name: 'MATH', conect: 'memory://nobody' } as Parameters<
    typeof RemoteModule.register
  >[0];
  await expect(inject(RemoteModule.register(wrong))).rejects.toThrow('conect');
});
