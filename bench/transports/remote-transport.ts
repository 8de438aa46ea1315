import type { ClientProviderOptions, MicroserviceOptions } from '@nestjs/microservices';
import {
  type RemoteClientOptions,
  RemoteServer,
  type RemoteServerOptions,
  remoteClient,
} from 'nestjs-remote';
import { context } from 'zeromq';
import { NestTransport } from './nest-transport.js';
import { stringPattern } from './transport.js';

// A client takes up to three, and by default a process has 1,023: too few for 500 clients.
context.maxSockets = 4096;

/** This package, with its defaults unless others are given. */
export class RemoteTransport extends NestTransport {
  readonly pattern = stringPattern;
  private readonly server: RemoteServer;

  constructor(
    readonly title: string,
    bind: string,
    private readonly clientDefaults: Partial<RemoteClientOptions> = {},
    serverDefaults: RemoteServerOptions = {},
  ) {
    super();
    this.server = new RemoteServer({ ...serverDefaults, bind });
  }

  protected serverOptions(): MicroserviceOptions {
    return { strategy: this.server };
  }

  protected addressOf(): string {
    return this.server.addresses[0] ?? '';
  }

  protected clientOptions(name: string, address: string): ClientProviderOptions {
    return remoteClient({ ...this.clientDefaults, name, connect: address });
  }
}

/** ZeroMQ over TCP. */
export const zeromq = new RemoteTransport('ZeroMQ', 'tcp://127.0.0.1:*');

/** ZeroMQ over TCP, without libzmq. */
export const net = new RemoteTransport(
  'ZeroMQ, engine net',
  'tcp://127.0.0.1:*',
  { engine: 'net' },
  { engine: 'net' },
);

/** UDP. A call whose datagram was lost holds its place in flight until its timeout: keep it short. */
export const udp = new RemoteTransport('UDP', 'udp://127.0.0.1:0', { timeout: 1000 });
