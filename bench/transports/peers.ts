import {
  type ClientProviderOptions,
  type MicroserviceOptions,
  Transport as Nest,
} from '@nestjs/microservices';
import { type Broker, type Transport, stringPattern } from './transport.js';

const HOST = '127.0.0.1';

/** Nest over NATS. */
class NestNats implements Transport {
  readonly isJson = true;
  readonly title = 'Nest NATS';
  readonly pattern = stringPattern;
  readonly broker: Broker = {
    command: 'nats-server',
    clientPackage: '@nats-io/transport-node',
    args: (port) => ['--addr', HOST, '--port', String(port)],
  };

  serverOptions(brokerPort: number): MicroserviceOptions {
    return { transport: Nest.NATS, options: { servers: [`nats://${HOST}:${brokerPort}`] } };
  }

  addressOf(_server: unknown, brokerPort: number): string {
    return String(brokerPort);
  }

  clientOptions(name: string, address: string): ClientProviderOptions {
    return { name, transport: Nest.NATS, options: { servers: [`nats://${HOST}:${address}`] } };
  }
}

/** Nest over Redis. */
class NestRedis implements Transport {
  readonly isJson = true;
  readonly title = 'Nest Redis';
  readonly pattern = stringPattern;
  readonly broker: Broker = {
    command: 'redis-server',
    clientPackage: 'ioredis',
    args: (port) => ['--bind', HOST, '--port', String(port), '--save', '', '--appendonly', 'no'],
  };

  serverOptions(brokerPort: number): MicroserviceOptions {
    return { transport: Nest.REDIS, options: { host: HOST, port: brokerPort } };
  }

  addressOf(_server: unknown, brokerPort: number): string {
    return String(brokerPort);
  }

  clientOptions(name: string, address: string): ClientProviderOptions {
    return { name, transport: Nest.REDIS, options: { host: HOST, port: Number(address) } };
  }
}

/** What users come from, beside TCP. */
export const nestNats = new NestNats();

/** Another one. */
export const nestRedis = new NestRedis();
