import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TerminusModule } from '@nestjs/terminus';
import { RemoteModule, RemoteServer } from 'nestjs-remote';
import { RemoteHealthIndicator } from 'nestjs-remote/terminus';
import { HealthController } from './health.controller.js';
import { MathController } from './math.controller.js';

const {
  POD_IP = '127.0.0.1',
  BIND = `tcp://${POD_IP}:5555`,
  PORT = '3000',
  SHUTDOWN_TIMEOUT = '5000',
} = process.env;

@Module({
  imports: [
    TerminusModule.forRoot({ logger: false }),
    // The service asks itself whether it takes calls, by the way that its clients take.
    RemoteModule.register({ name: 'MATH', connect: BIND }),
  ],
  controllers: [MathController, HealthController],
  providers: [RemoteHealthIndicator],
})
class MathModule {}

const server = new RemoteServer({
  bind: BIND,
  shutdownTimeout: Number(SHUTDOWN_TIMEOUT),
  // network-policy.yaml lets in nobody but the gateway.
  security: 'none',
});
const app = await NestFactory.create(MathModule, { logger: ['error', 'warn'] });
app.connectMicroservice({ strategy: server });
await app.startAllMicroservices();
await app.listen(PORT, POD_IP);

process.once('SIGTERM', () => {
  void (async () => {
    await server.close();
    await app.close();
  })();
});
