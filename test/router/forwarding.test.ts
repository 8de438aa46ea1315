import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ANYWHERE, join, next, startRouter } from './peers.js';

interface RouterVector {
  name: string;
  client_dealer_sends?: string[];
  service_dealer_sends?: string[];
  service_dealer_receives?: string[];
  client_dealer_receives?: string[];
}

const { router: vectors } = JSON.parse(
  readFileSync(new URL('../vectors.json', import.meta.url), 'utf8'),
) as { router: RouterVector[] };

const bytes = (frames: readonly string[]): Buffer[] =>
  frames.map((frame) => Buffer.from(frame, 'hex'));

describe('A router passes on', () => {
  it.each(
    vectors.flatMap(({ name, client_dealer_sends: sent, service_dealer_receives: received }) =>
      sent && received ? [{ name, sent, received }] : [],
    ),
  )("a client's message as the original does: $name", async ({ sent, received }) => {
    const running = await startRouter();
    const client = await join(running, running.frontend, 'cli');
    const service = await join(running, running.backend, 'svc');

    await client.send(bytes(sent));

    expect(await service.receive()).toEqual(bytes(received));
  });

  it.each(
    vectors.flatMap(({ name, service_dealer_sends: sent, client_dealer_receives: received }) =>
      sent && received ? [{ name, sent, received }] : [],
    ),
  )("a service's message as the original does: $name", async ({ sent, received }) => {
    const running = await startRouter();
    const client = await join(running, running.frontend, 'cli');
    const service = await join(running, running.backend, 'svc');

    await service.send(bytes(sent));

    expect(await client.receive()).toEqual(bytes(received));
  });

  it('frames after the payload, in both directions', async () => {
    const running = await startRouter();
    const client = await join(running, running.frontend, 'cli');
    const service = await join(running, running.backend, 'svc');

    await client.send(['svc', 'payload', 'one', '', 'three']);
    expect(await next(service)).toEqual(['cli', 'payload', 'one', '', 'three']);
    await service.send(['cli', '', 'one']);
    expect(await next(client)).toEqual(['svc', '', 'one']);
  });

  it('messages of one peer to another in the order of their sending', async () => {
    const running = await startRouter();
    const client = await join(running, running.frontend, 'cli');
    const service = await join(running, running.backend, 'svc');
    const numbers = Array.from({ length: 3000 }, (_, index) => String(index));

    const received = (async () => {
      const payloads: string[] = [];
      while (payloads.length < numbers.length) {
        payloads.push((await next(service))[1] ?? '');
      }
      return payloads;
    })();
    for (const number of numbers) {
      await client.send(['svc', number]);
    }

    expect(await received).toEqual(numbers);
  });

  it('between peers of all its addresses', async () => {
    const running = await startRouter({
      frontend: [ANYWHERE, `inproc://front-${process.pid}`],
      backend: [ANYWHERE, ANYWHERE],
      // The engine that has inproc://.
      engine: 'zeromq',
    });
    const { frontend, backend } = running.router.addresses;
    expect([frontend.length, backend.length]).toEqual([2, 2]);

    for (const [index, address] of frontend.entries()) {
      const client = await join(running, address, `cli${index}`);
      for (const [other, place] of backend.entries()) {
        const service = await join(running, place, `svc${index}${other}`);
        await client.send([`svc${index}${other}`, 'question']);
        expect(await next(service)).toEqual([`cli${index}`, 'question']);
        await service.send([`cli${index}`, 'answer']);
        expect(await next(client)).toEqual([`svc${index}${other}`, 'answer']);
      }
    }
  });

  it('what it takes from an identity to the younger of two that share it', async () => {
    const running = await startRouter();
    const client = await join(running, running.frontend, 'cli');
    await join(running, running.backend, 'svc');
    const younger = await join(running, running.backend, 'svc');

    await client.send(['svc', 'for you']);

    expect(await next(younger)).toEqual(['cli', 'for you']);
  });

  it('counts of it, by the side it came from', async () => {
    const running = await startRouter();
    const client = await join(running, running.frontend, 'cli');
    const service = await join(running, running.backend, 'svc');
    await client.send(['svc', '1']);
    await client.send(['svc', '2']);
    await service.send(['cli', '3']);
    await next(client);
    await next(service);
    await next(service);

    await expect
      .poll(() => running.router.counts)
      .toEqual({ forwarded: { frontend: 2, backend: 1 }, bounced: 0, dropped: new Map() });
  });
});
