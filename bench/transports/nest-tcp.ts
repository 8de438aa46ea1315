import type { AddressInfo, Server } from 'node:net';
import type { INestMicroservice } from '@nestjs/common';
import {
  type ClientProviderOptions,
  type MicroserviceOptions,
  Transport as Nest,
} from '@nestjs/microservices';
import { NestTransport } from './nest-transport.js';
import { type Pattern, commandPattern, stringPattern } from './transport.js';

const HOST = '127.0.0.1';

/** Nest's own `Transport.TCP`, as it comes. */
class NestTcp extends NestTransport {
  readonly isJson = true;

  constructor(
    readonly title: string,
    readonly pattern: (method: string) => Pattern,
  ) {
    super();
  }

  protected serverOptions(): MicroserviceOptions {
    return { transport: Nest.TCP, options: { host: HOST, port: 0 } };
  }

  protected addressOf(server: INestMicroservice): string {
    return String((server.unwrap<Server>().address() as AddressInfo).port);
  }

  protected clientOptions(name: string, address: string): ClientProviderOptions {
    return { name, transport: Nest.TCP, options: { host: HOST, port: Number(address) } };
  }
}

/** Nest TCP called with `'add'`, for which Nest throws and catches an error at every request. */
export const nestTcpString = new NestTcp("Nest TCP, 'add'", stringPattern);

/** Nest TCP called with `{ cmd: 'add' }`. */
export const nestTcpCommand = new NestTcp("Nest TCP, { cmd: 'add' }", commandPattern);
