import 'reflect-metadata';
import { Inject, Injectable, Logger, type LoggerService, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Router, RouterModule, type RouterOptions, RemoteServer } from 'nestjs-remote';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ipcAddress } from '../robustness/processes.js';
import { createClient, moduleOf } from '../support/nest.js';
import { CalculatorController } from '../interop/calculator.controller.js';
import { ANYWHERE, join, next, recorder, startRouter } from './peers.js';

const sides = { frontend: ANYWHERE, backend: ANYWHERE };

afterEach(() => vi.restoreAllMocks());

describe('RouterModule', () => {
  it('binds its router when the app has started, and closes it with the app', async () => {
    const logs: string[] = [];
    const module = RouterModule.forRoot({ ...sides, logger: recorder(logs) });
    const app = await NestFactory.createApplicationContext(moduleOf({ imports: [module] }), {
      logger: false,
    });
    const router = app.get(Router);
    const [frontend = ''] = router.addresses.frontend;
    const [backend = ''] = router.addresses.backend;
    const running = { router, frontend, backend, logs };
    const client = await join(running, frontend, 'cli');
    const service = await join(running, backend, 'svc');
    await client.send(['svc', 'hello']);
    expect(await next(service)).toEqual(['cli', 'hello']);

    await app.close();

    expect(router.addresses).toEqual({ frontend: [], backend: [] });
    await startRouter({ frontend, backend });
  });

  it('provides its router for injection', async () => {
    @Injectable()
    class Monitor {
      constructor(@Inject(Router) readonly router: Router) {}
    }
    const app = await startApp({ ...sides, logger: false }, [Monitor]);

    expect(app.get(Monitor).router.counts.forwarded).toEqual({ frontend: 0, backend: 0 });
    expect(app.get(Monitor).router.addresses.frontend).toHaveLength(1);
  });

  it("logs through the app's logger, by the name of Router", async () => {
    const log = vi.fn<(message: string, context: string) => void>();
    const logger: LoggerService = { log, error: log, warn: log };
    const app = await NestFactory.createApplicationContext(
      moduleOf({ imports: [RouterModule.forRoot(sides)] }),
      { logger },
    );
    onTestFinished(async () => {
      await app.close();
      Logger.overrideLogger(false);
    });

    const [frontend] = app.get(Router).addresses.frontend;

    expect(log).toHaveBeenCalledWith(
      expect.stringContaining(`Router started: frontend ${frontend}`),
      'Router',
    );
  });

  it('takes its options from a factory, with what that needs', async () => {
    @Injectable()
    class Configuration {
      readonly frontend = ['inproc://a', 'inproc://b'];
    }
    @Module({ providers: [Configuration], exports: [Configuration] })
    class ConfigurationModule {}
    const module = RouterModule.forRootAsync({
      imports: [ConfigurationModule],
      inject: [Configuration],
      useFactory: async ({ frontend }: Configuration) =>
        Promise.resolve({ ...sides, frontend, logger: false as const }),
    });
    const app = await NestFactory.createApplicationContext(moduleOf({ imports: [module] }), {
      logger: false,
    });
    onTestFinished(() => app.close());

    expect(app.get(Router).addresses.frontend).toEqual(['inproc://a', 'inproc://b']);
  });

  it('keeps the app from starting where the router cannot bind', async () => {
    const { frontend } = await startRouter();
    const module = RouterModule.forRoot({ ...sides, frontend, logger: false });

    const starting = NestFactory.createApplicationContext(moduleOf({ imports: [module] }), {
      logger: false,
      abortOnError: false,
    });

    await expect(starting).rejects.toThrow(`cannot bind ${frontend}: EADDRINUSE`);
  });

  it('keeps the app from starting where its options are wrong', async () => {
    const module = RouterModule.forRoot({ frontend: ANYWHERE } as RouterOptions);

    const starting = NestFactory.createApplicationContext(moduleOf({ imports: [module] }), {
      logger: false,
      abortOnError: false,
    });

    await expect(starting).rejects.toThrow('option backend: undefined cannot be used');
  });

  it('runs beside a service of the same app, which is called through it', async () => {
    const backend = await ipcAddress();
    const app = await NestFactory.createMicroservice(
      moduleOf({
        imports: [RouterModule.forRoot({ ...sides, backend, logger: false })],
        controllers: [CalculatorController],
      }),
      { strategy: new RemoteServer({ connect: backend, identity: 'svc' }), logger: false },
    );
    onTestFinished(() => app.close());
    await app.listen();
    const [frontend = ''] = app.get(Router).addresses.frontend;
    const client = createClient({ connect: frontend, address: 'svc' });

    await expect.poll(() => client.call.add(1, 2).catch(() => undefined)).toBe(3);
  });
});

async function startApp(options: RouterOptions, providers: (new (router: Router) => object)[]) {
  const app = await NestFactory.createApplicationContext(
    moduleOf({ imports: [RouterModule.forRoot(options)], providers }),
    { logger: false },
  );
  onTestFinished(() => app.close());
  return app;
}
