import type { INestMicroservice, ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientTCP, ServerTCP } from '@nestjs/microservices';
import { RemoteClient, RemoteServer } from 'nestjs-remote';
import { type Observable, lastValueFrom } from 'rxjs';
import { onTestFinished } from 'vitest';
import type { ClientUnderTest, ServerUnderTest } from '../e2e/transports.js';
import { vacantAddress } from '../robustness/processes.js';
import { moduleOf } from '../support/nest.js';
import { MovedController } from './moved.controller.js';

/** One of the transports that an app moves between. */
export type TransportName = 'TCP' | 'nestjs-remote';

/** What a row's app has, beside its handlers. */
export interface SiteOptions {
  metadata?: ModuleMetadata;
  configure?: (app: INestMicroservice) => void;
  /** Options of TCP's server and client, beside host and port. */
  tcp?: object;
  /** Options of our server, beside the address. */
  server?: object;
  /** Options of our client, beside the address. */
  client?: object;
}

/** A service and a client of one transport, at one address, for one test. */
export class Site {
  app: INestMicroservice | undefined;
  private lazyClient: ClientUnderTest | undefined;

  private constructor(
    readonly transport: TransportName,
    readonly port: number,
    private readonly options: SiteOptions,
  ) {}

  static async prepare(transport: TransportName, options: SiteOptions = {}): Promise<Site> {
    const { port } = new URL(await vacantAddress());
    const site = new Site(transport, Number(port), options);
    onTestFinished(() => site.close());
    return site;
  }

  get client(): ClientUnderTest {
    this.lazyClient ??= this.createClient();
    return this.lazyClient;
  }

  /** Makes a client that connects to another `tcp://` address than the server's. */
  connectBy(address: string): void {
    const { port } = new URL(address);
    this.lazyClient = this.createClient(
      this.transport === 'TCP' ? { port: Number(port) } : { connect: address },
    );
  }

  get address(): string {
    return `tcp://127.0.0.1:${this.port}`;
  }

  createServer(options: object = {}): ServerUnderTest {
    return this.transport === 'TCP'
      ? new ServerTCP({ host: '127.0.0.1', port: this.port, ...this.options.tcp, ...options })
      : new RemoteServer({ bind: this.address, ...this.options.server, ...options });
  }

  createClient(options: object = {}): ClientUnderTest {
    return this.transport === 'TCP'
      ? new ClientTCP({ host: '127.0.0.1', port: this.port, ...this.options.tcp, ...options })
      : new RemoteClient({ connect: this.address, ...this.options.client, ...options });
  }

  /** Starts the service where it does not run. */
  async start(): Promise<INestMicroservice> {
    this.app ??= await this.listen();
    return this.app;
  }

  /** Closes the service. */
  async stop(): Promise<void> {
    const { app } = this;
    this.app = undefined;
    await app?.close();
  }

  /** What the service responds. */
  async ask(pattern: unknown, data: unknown = {}): Promise<unknown> {
    await this.start();
    return lastValueFrom(this.client.send<unknown>(pattern, data), { defaultValue: 'no value' });
  }

  async close(): Promise<void> {
    await this.lazyClient?.close();
    await this.stop();
  }

  private async listen(): Promise<INestMicroservice> {
    const metadata = this.options.metadata ?? { controllers: [MovedController] };
    const strategy = this.createServer();
    const app = await NestFactory.createMicroservice(moduleOf(metadata), {
      strategy,
      logger: false,
    });
    this.options.configure?.(app);
    await app.listen();
    return app;
  }
}

/** Everything that an Observable does. */
export interface Ending {
  values: unknown[];
  /** Class, code and message of an instance of Error; any other error as it is. */
  error?: unknown;
}

/** What a call came to, with its error in a shape that can be compared. */
export function endingOf(call: Observable<unknown>): Promise<Ending> {
  return new Promise((resolve) => {
    const values: unknown[] = [];
    call.subscribe({
      next: (value) => values.push(value),
      error: (error: unknown) => resolve({ values, error: described(error) }),
      complete: () => resolve({ values }),
    });
  });
}

/** Class, code and message of an error; anything else as it is. */
export function described(error: unknown): unknown {
  if (!(error instanceof Error)) {
    return error;
  }
  const { code } = error as { code?: unknown };
  return {
    is: error.constructor.name,
    message: error.message,
    ...(code !== undefined && { code }),
  };
}

/** Whether a promise has not settled when another has. */
export async function waitsLongerThan(
  promise: Promise<unknown>,
  other: Promise<unknown>,
): Promise<'still waiting' | 'settled'> {
  const settled = promise.then(
    () => 'settled' as const,
    () => 'settled' as const,
  );
  await other;
  return Promise.race([settled, Promise.resolve('still waiting' as const)]);
}
