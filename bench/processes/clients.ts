import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type ClientProxy, ClientsModule } from '@nestjs/microservices';
import type { Transport } from '../transports/transport.js';

@Module({})
class CallerModule {}

/** The connected clients of one process, each with a connection of its own. */
export class Clients {
  private app: INestApplicationContext | undefined;
  private proxies: ClientProxy[] = [];

  constructor(
    private readonly transport: Transport,
    private readonly address: string,
  ) {}

  /** Connects so many, closing those that were connected before unless they are as many. */
  async open(connections: number): Promise<readonly ClientProxy[]> {
    if (connections === this.proxies.length) {
      return this.proxies;
    }
    await this.app?.close();
    const names = Array.from({ length: connections }, (_, index) => `CLIENT_${index}`);
    const registrations = names.map((name) => this.transport.clientOptions(name, this.address));
    const app = await NestFactory.createApplicationContext(
      { module: CallerModule, imports: [ClientsModule.register(registrations)] },
      { logger: false },
    );
    this.app = app;
    this.proxies = names.map((name) => app.get<ClientProxy>(name));
    await Promise.all(this.proxies.map(async (proxy) => proxy.connect()));
    return this.proxies;
  }
}
