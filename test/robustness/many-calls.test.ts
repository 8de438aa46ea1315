import { describe, expect, it } from 'vitest';
import { createClient } from '../support/nest.js';
import { callsHeld } from './inside.js';
import { echo, listen } from './plain-service.js';
import { vacantAddress } from './processes.js';

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('many calls at once', () => {
  it('gives each of 5,000 calls of one client its own response', async () => {
    const { address } = await listen({ requests: { echo } });
    const client = createClient(address);
    await client.connect();
    const answers = await Promise.all(numbers(5000).map((value) => client.call.echo(value)));
    expect(answers).toEqual(numbers(5000));
    expect(callsHeld(client)).toBe(0);
  });

  it('gives each of 5,000 calls its response when they were made before the link is up', async () => {
    const address = await vacantAddress();
    const client = createClient({ connect: address, timeout: 0 });
    const answers = Promise.all(numbers(5000).map((value) => client.call.echo(value)));
    await listen({ requests: { echo } }, { bind: address });
    expect(await answers).toEqual(numbers(5000));
    expect(callsHeld(client)).toBe(0);
  });

  it.each([
    ['a link that is up', true],
    ['no link yet', false],
  ])('gives each of 100,000 calls its response, with %s', async (_, isUp) => {
    const { address } = await listen({ requests: { echo } });
    const client = createClient({ connect: address, timeout: 0 });
    if (isUp) {
      await client.connect();
    }
    const answers = await Promise.all(numbers(100_000).map((value) => client.call.echo(value)));
    expect(answers).toEqual(numbers(100_000));
    expect(callsHeld(client)).toBe(0);
  });

  it('delivers 3,000 events of one client in order', async () => {
    const received: unknown[] = [];
    const { address } = await listen({
      events: { step: (value) => Promise.resolve(received.push(value)) },
    });
    const client = createClient(address);
    for (const value of numbers(3000)) {
      client.emit('step', value);
    }
    await expect.poll(() => received.length, { timeout: 20_000 }).toBe(3000);
    expect(received).toEqual(numbers(3000));
  });

  it('serves 20 clients at once', async () => {
    const { address } = await listen({ requests: { echo } });
    const answers = await Promise.all(
      numbers(20).map(async (name) => {
        const client = createClient(address);
        return Promise.all(numbers(100).map((value) => client.call.echo([name, value])));
      }),
    );
    expect(answers).toEqual(numbers(20).map((name) => numbers(100).map((value) => [name, value])));
  });
});
