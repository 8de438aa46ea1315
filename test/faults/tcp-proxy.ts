import { once } from 'node:events';
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';

/**
 * How what comes is passed on.
 *
 * - `freely`: at once.
 * - `late`: each piece after a time.
 * - `dripping`: a few bytes at a time, with a pause after each.
 */
type Passage =
  | { readonly name: 'freely' }
  | { readonly name: 'late'; readonly milliseconds: number }
  | { readonly name: 'dripping'; readonly bytes: number };

const FREELY: Passage = { name: 'freely' };

/** A connection of a client with its other half, to the server. */
interface Cable {
  readonly client: Socket;
  readonly server: Socket;
  /** Nothing passes any more, not even the end of one side. */
  isSevered: boolean;
}

/** Cables between clients and a server to which all the faults of a network can happen. */
export class TcpProxy {
  /** Where clients connect. */
  address = '';
  private readonly listener: Server = createServer((client) => this.join(client));
  private readonly cables = new Set<Cable>();
  private target = '';
  private passage = FREELY;
  private isRefusing = false;
  private isHolding = false;
  private isDead = false;
  private resetsLeft = 0;

  /** A cable that leads nowhere yet. */
  static async open(): Promise<TcpProxy> {
    const proxy = new TcpProxy();
    proxy.listener.listen(0, '127.0.0.1');
    await once(proxy.listener, 'listening');
    proxy.address = `tcp://127.0.0.1:${(proxy.listener.address() as AddressInfo).port}`;
    return proxy;
  }

  /** How many connections there are. */
  get connections(): number {
    return this.cables.size;
  }

  /** Leads new connections to this `tcp://` address; those that there are stay. */
  leadTo(target: string): void {
    this.target = target;
  }

  /** Breaks all connections, with whatever is on its way. */
  cut(): void {
    this.cables.forEach((cable) => bothOf(cable).forEach((socket) => socket.destroy()));
  }

  /** Resets all connections. */
  reset(): void {
    this.cables.forEach((cable) => bothOf(cable).forEach((socket) => socket.resetAndDestroy()));
  }

  /** Resets all connections, and so many of those that come, each with the first bytes of its client. */
  resetStorm(count: number): void {
    this.resetsLeft = count;
    this.reset();
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
    this.cables.forEach((cable) => bothOf(cable).forEach((socket) => socket.pause()));
  }

  release(): void {
    this.isHolding = false;
    this.cables.forEach((cable) => bothOf(cable).forEach((socket) => socket.resume()));
  }

  /**
   * Pulls the plug: nothing passes any more, and neither side hears of it, nor those that connect
   * before {@link heal}.
   */
  sever(): void {
    this.isDead = true;
    this.cables.forEach((cable) => (cable.isSevered = true));
  }

  /** Passes everything on so much later. */
  delay(milliseconds: number): void {
    this.passage = { name: 'late', milliseconds };
  }

  /** Passes on so many bytes at a time, with a pause after each time. */
  drip(bytes: number): void {
    this.passage = { name: 'dripping', bytes };
  }

  /** Ends all faults. What was severed stays so. */
  heal(): void {
    this.isDead = false;
    this.resetsLeft = 0;
    this.passage = FREELY;
    this.accept();
    this.release();
  }

  async close(): Promise<void> {
    this.heal();
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
    const cable: Cable = { client, server, isSevered: this.isDead };
    this.cables.add(cable);
    if (this.resetsLeft > 0) {
      this.resetsLeft--;
      client.once('data', () => bothOf(cable).forEach((socket) => socket.resetAndDestroy()));
    }
    this.pass(client, server, cable);
    this.pass(server, client, cable);
  }

  private pass(from: Socket, to: Socket, cable: Cable): void {
    let passed: Promise<void> | undefined;
    from.setNoDelay(true);
    from.on('data', (bytes) => {
      if (cable.isSevered) {
        return;
      }
      if (this.passage === FREELY && !passed) {
        to.write(bytes);
        return;
      }
      const mine: Promise<void> = (passed ?? Promise.resolve())
        .then(() => this.carry(bytes, to))
        .then(() => {
          passed = passed === mine ? undefined : passed;
        });
      passed = mine;
    });
    from.on('error', () => undefined); // 'close' follows.
    from.on('close', () => {
      this.cables.delete(cable);
      if (!cable.isSevered) {
        to.destroySoon();
      }
    });
    if (this.isHolding) {
      from.pause();
    }
  }

  /** Passes bytes on as it is the way by then. */
  private async carry(bytes: Buffer, to: Socket): Promise<void> {
    if (this.passage.name === 'late') {
      await setTimeout(this.passage.milliseconds);
    }
    let at = 0;
    while (this.passage.name === 'dripping' && at < bytes.length) {
      const end = at + this.passage.bytes;
      to.write(bytes.subarray(at, end));
      at = end;
      await setTimeout(1);
    }
    to.write(bytes.subarray(at));
  }
}

function bothOf({ client, server }: Cable): readonly Socket[] {
  return [client, server];
}
