import {
  BaseRpcContext,
  ClientProxy,
  type CustomTransportStrategy,
  type ClientProviderOptions,
  type MessageHandler,
  type MicroserviceOptions,
  type ReadPacket,
  Server,
  type WritePacket,
} from '@nestjs/microservices';
import { NestTransport } from './nest-transport.js';
import { stringPattern } from './transport.js';

/** Serves a client of the same process: Nest's dispatch, and nothing else. */
class NullServer extends Server implements CustomTransportStrategy {
  listen(callback: () => void): void {
    callback();
  }

  close(): void {}

  on(): void {}

  unwrap<T>(): T {
    throw new Error('the null transport has no socket');
  }

  dispatchRequest({ pattern, data }: ReadPacket, respond: (packet: WritePacket) => void): void {
    const context = new BaseRpcContext([]);
    const handler = this.handlerOf(pattern);
    this.handleRequest(
      context,
      async () => this.transformToObservable(await handler(data, context)),
      respond,
    );
  }

  dispatchEvent({ pattern, data }: ReadPacket): void {
    const context = new BaseRpcContext([]);
    this.runWithProcessingHooks(context, async (runEndHook) => {
      await this.handlerOf(pattern)(data, context);
      runEndHook();
    });
  }

  private handlerOf(pattern: string): MessageHandler {
    const handler = this.messageHandlers.get(pattern);
    if (!handler) {
      throw new Error(`no handler of '${pattern}'`);
    }
    return handler;
  }
}

class NullClient extends ClientProxy {
  constructor(private readonly options: { server: NullServer }) {
    super();
  }

  async connect(): Promise<void> {}

  close(): void {}

  override on(): void {}

  override unwrap<T>(): T {
    throw new Error('the null transport has no socket');
  }

  protected publish(packet: ReadPacket, callback: (packet: WritePacket) => void): () => void {
    this.options.server.dispatchRequest(packet, callback);
    return () => undefined;
  }

  protected async dispatchEvent<T>(packet: ReadPacket): Promise<T> {
    this.options.server.dispatchEvent(packet);
    return undefined as T;
  }
}

/** No socket and no bytes: what is left is Nest, and the most that any transport could reach. */
class NullTransport extends NestTransport {
  readonly title = 'No transport';
  readonly isInOneProcess = true;
  readonly pattern = stringPattern;
  private readonly server = new NullServer();

  protected serverOptions(): MicroserviceOptions {
    return { strategy: this.server };
  }

  protected addressOf(): string {
    return '';
  }

  protected clientOptions(name: string): ClientProviderOptions {
    return { name, customClass: NullClient, options: { server: this.server } };
  }
}

/** The ceiling. */
export const nullTransport = new NullTransport();
