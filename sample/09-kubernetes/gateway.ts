import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TerminusModule } from '@nestjs/terminus';
import { RemoteModule } from 'nestjs-remote';
import { RemoteHealthIndicator } from 'nestjs-remote/terminus';
import { GatewayController } from './gateway.controller.js';
import { HealthController } from './health.controller.js';

const {
  POD_IP = '127.0.0.1',
  PORT = '8080',
  MATH = 'tcp://127.0.0.1:5555',
  RESOLVE_INTERVAL = '30000',
} = process.env;

@Module({
  imports: [
    TerminusModule.forRoot({ logger: false }),
    RemoteModule.register({
      name: 'MATH',
      connect: MATH,
      resolveInterval: Number(RESOLVE_INTERVAL),
    }),
  ],
  controllers: [GatewayController, HealthController],
  providers: [RemoteHealthIndicator],
})
class GatewayModule {}

const app = await NestFactory.create(GatewayModule, { logger: ['error', 'warn'] });
await app.listen(PORT, POD_IP);

// Requests that have come get their responses, then the client closes.
process.once('SIGTERM', () => void app.close());
