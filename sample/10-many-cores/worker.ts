// A worker of the cluster: a Nest app that tells the primary process where it listens. On SIGTERM it ends
// its calls and exits.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { RemoteServer } from 'nestjs-remote';
import { PrimesController } from './primes.controller.js';

@Module({ controllers: [PrimesController] })
class PrimesModule {}

const { BIND: bind = '', ENGINE: engine } = process.env;
const server = new RemoteServer({ bind, engine: engine === 'net' ? 'net' : 'zeromq' });
const app = await NestFactory.createMicroservice(PrimesModule, { strategy: server, logger: false });
await app.listen();
process.send?.(server.addresses[0]);

process.once('SIGTERM', () => {
  void app.close().then(() => process.disconnect());
});
