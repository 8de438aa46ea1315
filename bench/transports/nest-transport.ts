import { type INestMicroservice, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  type ClientProviderOptions,
  type ClientProxy,
  ClientsModule,
  type MicroserviceOptions,
} from '@nestjs/microservices';
import { BenchController, BenchModule } from '../service.js';
import type { Listening, OpenClients, Pattern, Transport } from './transport.js';

@Module({})
class CallerModule {}

/** A transport between whole Nest apps. */
export abstract class NestTransport implements Transport {
  abstract readonly title: string;

  abstract pattern(method: string): Pattern;

  /** What `NestFactory.createMicroservice` is given. */
  protected abstract serverOptions(brokerPort: number): MicroserviceOptions;

  /** Where clients reach the listening server. */
  protected abstract addressOf(server: INestMicroservice, brokerPort: number): string;

  /** An entry of `ClientsModule.register`. */
  protected abstract clientOptions(name: string, address: string): ClientProviderOptions;

  async listen(brokerPort: number): Promise<Listening> {
    const server = await NestFactory.createMicroservice(BenchModule, {
      ...this.serverOptions(brokerPort),
      logger: false,
    });
    await server.listen();
    const controller = server.get(BenchController);
    return {
      address: this.addressOf(server, brokerPort),
      countEvents: () => controller.countEvents(),
      close: () => server.close(),
    };
  }

  async openClients(address: string, connections: number): Promise<OpenClients> {
    const names = Array.from({ length: connections }, (_, index) => `CLIENT_${index}`);
    const registrations = names.map((name) => this.clientOptions(name, address));
    const app = await NestFactory.createApplicationContext(
      { module: CallerModule, imports: [ClientsModule.register(registrations)] },
      { logger: false },
    );
    const clients = names.map((name) => app.get<ClientProxy>(name));
    await Promise.all(clients.map(async (client) => client.connect()));
    return { clients, close: () => app.close() };
  }
}
