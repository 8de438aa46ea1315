import 'reflect-metadata';
import type { INestMicroservice, ModuleMetadata } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { onTestFinished } from 'vitest';
import {
  RemoteClient,
  type RemoteClientOptions,
  RemoteServer,
  type RemoteServerOptions,
} from 'nestjs-remote';

/** A service that runs. */
export interface RunningService {
  app: INestMicroservice;
  server: RemoteServer;
  /** Where it listens. */
  address: string;
}

/**
 * Starts a real Nest microservice with our server, on a port that the system chooses. It runs until
 * the test has finished.
 */
export async function startService(
  metadata: ModuleMetadata,
  options?: RemoteServerOptions,
): Promise<RunningService> {
  const service = await openService(metadata, options);
  onTestFinished(() => service.app.close());
  return service;
}

/** Starts a service as {@link startService} does, for the tests of a suite, which closes its app. */
export async function openService(
  metadata: ModuleMetadata,
  options: RemoteServerOptions = { bind: 'tcp://127.0.0.1:*' },
): Promise<RunningService> {
  const server = new RemoteServer(options);
  const app = await NestFactory.createMicroservice(moduleOf(metadata), {
    strategy: server,
    logger: false,
  });
  await app.listen();
  return { app, server, address: server.addresses[0] ?? '' };
}

/** A client that is closed when the test has finished. Without a type every name is a method. */
// oxlint-disable-next-line typescript/no-explicit-any -- as the default of RemoteClient itself
export function createClient<Methods = any>(
  options: RemoteClientOptions | string,
): RemoteClient<Methods> {
  const client = new RemoteClient<Methods>(
    typeof options === 'string' ? { connect: options } : options,
  );
  onTestFinished(() => client.close());
  return client;
}

/** A module class of this metadata. */
export function moduleOf(metadata: ModuleMetadata): new () => object {
  @Module(metadata)
  class TestModule {}
  return TestModule;
}
