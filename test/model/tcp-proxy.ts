import { once } from 'node:events';
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';

/** A cable between clients and a server that can be cut, pulled out, and held. */
export class TcpProxy {
  /** Where clients connect. */
  address = '';
  private readonly listener: Server = createServer((client) => this.join(client));
  private readonly sockets = new Set<Socket>();
  private target = '';
  private isRefusing = false;
  private isHolding = false;

  /** A cable that leads nowhere yet. */
  static async open(): Promise<TcpProxy> {
    const proxy = new TcpProxy();
    proxy.listener.listen(0, '127.0.0.1');
    await once(proxy.listener, 'listening');
    proxy.address = `tcp://127.0.0.1:${(proxy.listener.address() as AddressInfo).port}`;
    return proxy;
  }

  /** Leads new connections to this `tcp://` address; those that there are stay. */
  leadTo(target: string): void {
    this.target = target;
  }

  /** Breaks all connections, with whatever is on its way. */
  cut(): void {
    for (const socket of this.sockets) {
      socket.destroy();
    }
  }

  /** Breaks all connections, and lets none come until {@link accept}. */
  refuse(): void {
    this.isRefusing = true;
    this.cut();
  }

  accept(): void {
    this.isRefusing = false;
  }

  /** Lets nothing pass until {@link release}, which then passes everything on. */
  hold(): void {
    this.isHolding = true;
    for (const socket of this.sockets) {
      socket.pause();
    }
  }

  release(): void {
    this.isHolding = false;
    for (const socket of this.sockets) {
      socket.resume();
    }
  }

  async close(): Promise<void> {
    this.refuse();
    this.listener.close();
    await once(this.listener, 'close');
  }

  private join(client: Socket): void {
    if (this.isRefusing) {
      client.destroy();
      return;
    }
    const server = connect(Number(new URL(this.target).port), '127.0.0.1');
    this.pass(client, server);
    this.pass(server, client);
  }

  private pass(from: Socket, to: Socket): void {
    this.sockets.add(from);
    from.setNoDelay(true);
    from.on('data', (bytes) => to.write(bytes));
    from.on('error', () => undefined); // 'close' follows.
    from.on('close', () => {
      this.sockets.delete(from);
      to.destroySoon();
    });
    if (this.isHolding) {
      from.pause();
    }
  }
}
