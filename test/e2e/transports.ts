import 'reflect-metadata';
import type { INestMicroservice, ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientTCP, ServerTCP } from '@nestjs/microservices';
import type { AddressInfo, Server as TcpServer } from 'node:net';
import type { Observable } from 'rxjs';
import { RemoteClient, RemoteServer } from 'nestjs-remote';
import { isNest11 } from '../support/nest-version.js';
import { moduleOf } from '../support/nest.js';

/** A server of either transport. */
export type ServerUnderTest = ServerTCP | RemoteServer;

/** A client of either transport. */
export type ClientUnderTest = ClientTCP | RemoteClient;

/** A real microservice, and a client that is connected to it. */
export interface Pair {
  app: INestMicroservice;
  server: ServerUnderTest;
  client: ClientUnderTest;
  close: () => Promise<void>;
}

/** Starts the same app over one transport. */
export interface TransportUnderTest {
  name: string;
  /** Whether its client has a dispatch hook, and its contexts metadata: Nest's own have from 12 on. */
  hasDispatchHook: boolean;
  start: (
    metadata: ModuleMetadata,
    configure?: (app: INestMicroservice, server: ServerUnderTest) => void,
  ) => Promise<Pair>;
}

/** What a call came to. */
export interface Outcome {
  values: unknown[];
  error?: unknown;
}

const tcp: TransportUnderTest = {
  name: "Nest's TCP",
  hasDispatchHook: !isNest11,
  start: (metadata, configure) =>
    startPair(
      new ServerTCP({ host: '127.0.0.1', port: 0 }),
      (server) => {
        const { port } = server.unwrap<TcpServer>().address() as AddressInfo;
        return new ClientTCP({ host: '127.0.0.1', port });
      },
      metadata,
      configure,
    ),
};

const remote: TransportUnderTest = {
  name: 'nestjs-remote',
  hasDispatchHook: true,
  start: (metadata, configure) =>
    startPair(
      new RemoteServer({ bind: 'tcp://127.0.0.1:*' }),
      (server) => new RemoteClient({ connect: server.addresses }),
      metadata,
      configure,
    ),
};

/** For `describe.each`: whatever is asserted must hold over both. */
export const transports = [tcp, remote];

/** Ours alone, for what differs by design. */
export { remote as remoteTransport, tcp as tcpTransport };

/** Everything that a call emits, and its error. */
export function outcomeOf(call: Observable<unknown>): Promise<Outcome> {
  return new Promise((resolve) => {
    const values: unknown[] = [];
    call.subscribe({
      next: (value) => values.push(value),
      error: (error: unknown) => resolve({ values, error }),
      complete: () => resolve({ values }),
    });
  });
}

async function startPair<Strategy extends ServerUnderTest>(
  server: Strategy,
  createClient: (server: Strategy) => ClientUnderTest,
  metadata: ModuleMetadata,
  configure: ((app: INestMicroservice, server: ServerUnderTest) => void) | undefined,
): Promise<Pair> {
  const app = await NestFactory.createMicroservice(moduleOf(metadata), {
    strategy: server,
    logger: false,
  });
  configure?.(app, server);
  await app.listen();
  const client = createClient(server);
  await client.connect();
  return {
    app,
    server,
    client,
    close: async () => {
      await client.close();
      await app.close();
    },
  };
}
