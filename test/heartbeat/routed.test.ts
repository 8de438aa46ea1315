import { type RemoteClient } from 'nestjs-remote';
import { describe, expect, it } from 'vitest';
import { type Dealer } from 'zeromq';
import { type WireMessage, Type, header, readSequence, sequence } from '../extension/wire.js';
import { echo, listen } from '../robustness/plain-service.js';
import { join, startRouter } from '../router/peers.js';
import { createClient } from '../support/nest.js';

const HEARTBEAT = 250;

/** A service behind a router whose life the test decides. */
class FeignedService {
  /** The types of all envelopes that have come. */
  readonly types: unknown[] = [];
  /** Whether it answers. It takes everything in any case. */
  isAlive = true;

  constructor(
    private readonly dealer: Dealer,
    private readonly isExtended = true,
  ) {
    this.serve().catch(() => undefined); // Closed by the end of the test.
  }

  private async serve(): Promise<void> {
    for (;;) {
      const [client, payload] = await this.dealer.receive();
      for (const message of readSequence(payload as Buffer)) {
        this.types.push(message.envelope[0]);
        const answer = this.isAlive ? this.answerTo(message) : undefined;
        if (answer) {
          const head = this.isExtended ? [header()] : [];
          await this.dealer.send([client as Buffer, sequence(answer, ...head)]);
        }
      }
    }
  }

  /** Answers `echo` and PING. Any other call stays in flight. */
  private answerTo({ envelope }: WireMessage): unknown[] | undefined {
    const [type, id, method, args] = envelope;
    if (type === Type.PING) {
      return [Type.PONG, id];
    }
    return method === 'echo' ? [Type.RESPONSE, id, null, (args as unknown[])[0]] : undefined;
  }
}

interface Routed {
  client: RemoteClient;
  service: FeignedService;
  lost: string[];
}

/** A client and a feigned service, with a real one beside it. */
async function start(isExtended = true): Promise<Routed> {
  const router = await startRouter();
  const service = new FeignedService(await join(router, router.backend, 'feigned'), isExtended);
  await listen({ requests: { echo } }, { connect: router.backend, identity: 'real' });
  const client = createClient({
    connect: router.frontend,
    address: 'feigned',
    timeout: 0,
    heartbeat: HEARTBEAT,
  });
  const lost: string[] = [];
  client.on('disconnect', (_name, reason) => lost.push(reason));
  expect(await client.call.echo(1)).toBe(1);
  const real = (): Promise<unknown> => client.issueCall('echo', [1], { address: 'real' });
  await expect.poll(() => real().catch(() => undefined)).toBe(1);
  return { client, service, lost };
}

const GONE = {
  code: 'UNAVAILABLE',
  message: expect.stringMatching(
    /^the service 'feigned' behind tcp:.* is gone: nothing came for 750 ms \(option heartbeat\)$/u,
  ),
};

describe('a service behind a router', () => {
  it('loses its calls in flight when it is dead, and the link to the router stays', async () => {
    const { client, service, lost } = await start();
    service.isAlive = false;
    const other = client.issueCall('echo', ['other'], { address: 'real' });
    await expect(client.call.hang()).rejects.toMatchObject(GONE);
    expect(await other).toBe('other');
    expect(lost).toEqual([]);
  });

  it('loses them though another of them times out meanwhile', async () => {
    const { client, service } = await start();
    const call = client.call.hang();
    await expect.poll(() => service.types).toContain(Type.PING);
    service.isAlive = false;
    const short = client.issueCall('hang', [], { timeout: 1 });
    await expect(short).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await expect(call).rejects.toMatchObject(GONE);
  });

  it('keeps them while it answers PINGs', async () => {
    const { client, service } = await start();
    const call: Promise<string> = client.call.hang().catch(String);
    await expect
      .poll(() => service.types.filter((type) => type === Type.PING).length)
      .toBeGreaterThan(5);
    expect(await Promise.race([call, client.call.echo('alive')])).toBe('alive');
  });

  it('is called again after it was held dead', async () => {
    const { client, service } = await start();
    service.isAlive = false;
    await expect(client.call.hang()).rejects.toMatchObject(GONE);
    service.isAlive = true;
    expect(await client.call.echo(2)).toBe(2);
  });

  it('gets no PING where it does not use the extension', async () => {
    const { client, service } = await start(false);
    const call: Promise<string> = client.call.hang().catch(String);
    const extended = await start();
    extended.client.call.hang().catch(() => undefined);
    await expect
      .poll(() => extended.service.types.filter((type) => type === Type.PING).length)
      .toBeGreaterThan(5);
    expect(service.types).not.toContain(Type.PING);
    expect(await Promise.race([call, client.call.echo('alive')])).toBe('alive');
  });
});
