import type { AddressInfo } from 'node:net';
import { Controller, Get, Inject, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import type { RemoteClient } from 'nestjs-remote';
import { RemoteHealthIndicator, type RemoteHealthOptions } from 'nestjs-remote/terminus';
import { onTestFinished } from 'vitest';
import { moduleOf } from '../support/nest.js';

interface MathService {
  add(a: number, b: number): number;
}

/** A Nest app with a health check of one service, over HTTP. */
export async function startHealth(
  client: RemoteClient<MathService>,
  options?: RemoteHealthOptions,
): Promise<() => Promise<{ status: number; body: unknown }>> {
  @Controller()
  class HealthController {
    constructor(
      @Inject(HealthCheckService) private readonly health: HealthCheckService,
      @Inject(RemoteHealthIndicator) private readonly remote: RemoteHealthIndicator,
    ) {}

    @Get('health')
    @HealthCheck()
    check(): unknown {
      return this.health.check([() => this.remote.isHealthy('math', client, options)]);
    }
  }

  const app: INestApplication = await NestFactory.create(
    moduleOf({
      imports: [TerminusModule.forRoot({ logger: false })],
      controllers: [HealthController],
      providers: [RemoteHealthIndicator],
    }),
    { logger: false },
  );
  onTestFinished(() => app.close());
  await app.listen(0, '127.0.0.1');
  const { port } = (app.getHttpServer() as { address(): AddressInfo }).address();
  return async () => {
    const response = await fetch(`http://127.0.0.1:${port}/health`);
    return { status: response.status, body: await response.json() };
  };
}
