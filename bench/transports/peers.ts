import {
  type ClientProviderOptions,
  type MicroserviceOptions,
  Transport as Nest,
} from '@nestjs/microservices';
import { NestTransport } from './nest-transport.js';
import { type Broker, stringPattern } from './transport.js';

const HOST = '127.0.0.1';

/** Nest over NATS. */
class NestNats extends NestTransport {
  readonly isJson = true;
  readonly title = 'Nest NATS';
  readonly pattern = stringPattern;
  readonly broker: Broker = {
    command: 'nats-server',
    clientPackage: '@nats-io/transport-node',
    args: (port) => ['--addr', HOST, '--port', String(port)],
  };

  protected serverOptions(brokerPort: number): MicroserviceOptions {
    return { transport: Nest.NATS, options: { servers: [`nats://${HOST}:${brokerPort}`] } };
  }

  protected addressOf(_server: unknown, brokerPort: number): string {
    return String(brokerPort);
  }

  protected clientOptions(name: string, address: string): ClientProviderOptions {
    return { name, transport: Nest.NATS, options: { servers: [`nats://${HOST}:${address}`] } };
  }
}

/** Nest over Redis. */
class NestRedis extends NestTransport {
  readonly isJson = true;
  readonly title = 'Nest Redis';
  readonly pattern = stringPattern;
  readonly broker: Broker = {
    command: 'redis-server',
    clientPackage: 'ioredis',
    args: (port) => ['--bind', HOST, '--port', String(port), '--save', '', '--appendonly', 'no'],
  };

  protected serverOptions(brokerPort: number): MicroserviceOptions {
    return { transport: Nest.REDIS, options: { host: HOST, port: brokerPort } };
  }

  protected addressOf(_server: unknown, brokerPort: number): string {
    return String(brokerPort);
  }

  protected clientOptions(name: string, address: string): ClientProviderOptions {
    return { name, transport: Nest.REDIS, options: { host: HOST, port: Number(address) } };
  }
}

/** What users come from, beside TCP. */
export const nestNats = new NestNats();

/** Another one. */
export const nestRedis = new NestRedis();
