import { RemoteServer } from 'nestjs-remote';
import { type Handlers, start } from '../robustness/plain-service.js';
import { TcpProxy } from '../faults/tcp-proxy.js';

/** A place where a server listens, and the cable that leads there. */
export class Site {
  /** All servers that ever listened here; the last one has the cable. */
  readonly servers: RemoteServer[] = [];
  private change: Promise<void> = Promise.resolve();

  private constructor(
    private readonly handlers: Handlers,
    readonly proxy: TcpProxy,
  ) {}

  static async open(handlers: Handlers): Promise<Site> {
    const site = new Site(handlers, await TcpProxy.open());
    await site.occupy();
    return site;
  }

  /** Lets the server close as it would, and listen again. */
  drain(): Promise<void> {
    return this.next(async () => {
      const server = this.servers.at(-1)!;
      await server.close();
      await this.lead(server);
    });
  }

  /** Takes the cable away from the server, without a word, and gives it to another. */
  replace(): Promise<void> {
    return this.next(async () => {
      await this.occupy();
      this.proxy.cut();
    });
  }

  /** Makes the cable whole, and resolves when a server listens. */
  heal(): Promise<void> {
    this.proxy.accept();
    this.proxy.release();
    return this.change;
  }

  async close(): Promise<void> {
    await this.change.catch(() => undefined);
    await Promise.all(this.servers.map((server) => server.close()));
    await this.proxy.close();
  }

  /** Makes one change when those before it are made. */
  private next(task: () => Promise<void>): Promise<void> {
    const before = this.change;
    this.change = (async () => {
      await before;
      await task();
    })();
    return this.change;
  }

  private async occupy(): Promise<void> {
    const server = new RemoteServer({
      bind: 'tcp://127.0.0.1:*',
      timeout: 0,
      // The machine may be busy, which is no reason for a call to fail.
      maxLoopDelay: 0,
      shutdownTimeout: 10,
    });
    const { requests = {}, events = {} } = this.handlers;
    for (const [pattern, handler] of Object.entries(requests)) {
      server.addHandler(pattern, handler);
    }
    for (const [pattern, handler] of Object.entries(events)) {
      server.addHandler(pattern, handler, true);
    }
    this.servers.push(server);
    await this.lead(server);
  }

  private async lead(server: RemoteServer): Promise<void> {
    await start(server);
    this.proxy.leadTo(server.addresses[0] ?? '');
  }
}
