import type { RemoteClient } from 'nestjs-remote';
import { expect, onTestFinished } from 'vitest';
import { Router } from 'zeromq';
import { Inbox, type Received } from './inbox.js';
import { Type, type WireHeader, header, sequence } from './wire.js';

const HEADER = header();

/** A server that answers what it likes, and reads all that comes. */
export class RawServer {
  readonly inbox = new Inbox();
  /** The identities of the clients that said that they are there. */
  private readonly connected: Buffer[] = [];

  private constructor(
    private readonly router: Router,
    readonly address: string,
  ) {
    void this.readAll();
  }

  /** Binds one, which is closed when the test has finished. */
  static async bind(address = 'tcp://127.0.0.1:*'): Promise<RawServer> {
    const router = new Router();
    router.linger = 0;
    router.handover = true;
    router.sendHighWaterMark = 0;
    onTestFinished(() => router.close());
    // Its predecessor may be gone, and libzmq still be busy with letting go of its port.
    await expect
      .poll(() => router.bind(address).then(() => 'bound', String), { timeout: 10_000 })
      .toBe('bound');
    return new RawServer(router, router.lastEndpoint ?? '');
  }

  /** Ends without a word. */
  close(): void {
    this.router.close();
  }

  /** The next request that nobody has taken yet. */
  request(): Promise<Received> {
    return this.inbox.next(Type.REQUEST);
  }

  /** Sends one payload to whoever sent something. */
  async send(
    { identity, address }: Pick<Received, 'identity' | 'address'>,
    payload: Buffer,
    ...frames: (Buffer | string)[]
  ): Promise<void> {
    await this.router.send([identity, address, payload, ...frames]);
  }

  /**
   * Answers a request.
   *
   * @param head the header; null for none, as a base server's
   */
  async respond(to: Received, result: unknown, head: WireHeader | null = HEADER): Promise<void> {
    const envelope = [Type.RESPONSE, to.envelope[1], null, result];
    await this.send(to, head ? sequence(envelope, head) : sequence(envelope));
  }

  /** Sends one value of an answer with several. */
  async item(to: Received, value: unknown): Promise<void> {
    await this.send(to, sequence([Type.ITEM, to.envelope[1], value], HEADER));
  }

  /** Greets the first client as a server of this package does. */
  async greet(info: unknown = new Map()): Promise<void> {
    await expect.poll(() => this.connected.length).toBeGreaterThan(0);
    const [identity = Buffer.alloc(0)] = this.connected;
    await this.send({ identity, address: Buffer.from('-') }, sequence([Type.HELLO, info], HEADER));
  }

  /** Sends a client the GOODBYE of a server that drains. */
  async goodbye(to: Received): Promise<void> {
    await this.send(to, sequence([Type.GOODBYE], HEADER));
  }

  /** Answers one call of a client with a header, so that the client knows of the extension. */
  async introduce(client: RemoteClient, address?: string): Promise<Received> {
    const call = client.issueCall('introduce', [], address === undefined ? {} : { address });
    const request = await this.request();
    await this.respond(request, 'extended');
    await call;
    return request;
  }

  private async readAll(): Promise<void> {
    while (!this.router.closed) {
      try {
        const [identity, address, payload, ...attached] = await this.router.receive();
        if (identity && !payload) {
          this.connected.push(identity);
        } else if (identity && address && payload) {
          this.inbox.add(identity, address, payload, attached);
        }
      } catch {
        return; // Closed by the end of the test.
      }
    }
  }
}
