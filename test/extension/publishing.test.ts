import { type RemoteClient } from 'nestjs-remote';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Subscriber } from 'zeromq';
import { createClient } from '../support/nest.js';
import { type WireMessage, header, readSequence } from './wire.js';

/** A bare subscriber of everything, and a client that it hears. */
async function start(): Promise<{ client: RemoteClient; received: WireMessage[][] }> {
  const subscriber = new Subscriber();
  onTestFinished(() => subscriber.close());
  subscriber.linger = 0;
  subscriber.receiveHighWaterMark = 0;
  await subscriber.bind('tcp://127.0.0.1:*');
  subscriber.subscribe('');
  const client: RemoteClient = createClient({
    socket: 'pub',
    connect: subscriber.lastEndpoint ?? '',
    socketOptions: { sendHighWaterMark: 0 },
  });
  const received: WireMessage[][] = [];
  const readAll = async (): Promise<void> => {
    for await (const [, payload] of subscriber) {
      received.push(readSequence(payload as Buffer));
    }
  };
  readAll().catch(() => undefined);
  // PUB does not know who has subscribed yet.
  await expect
    .poll(async () => {
      await client.notify.hello();
      return received.length;
    })
    .toBeGreaterThan(0);
  return { client, received };
}

describe('a client on PUB', () => {
  it('sends each event in a payload of its own, with a header', async () => {
    const { client, received } = await start();
    for (let number = 0; number < 200; number++) {
      client.notify.count(number).catch(() => undefined);
    }
    const counted = (): WireMessage[][] =>
      received.filter(([first]) => first?.envelope[1] === 'count');
    await expect.poll(() => counted().length).toBe(200);
    expect(counted()).toEqual(
      Array.from({ length: 200 }, (_, number) => [
        { envelope: [2, 'count', [number]], header: header() },
      ]),
    );
  });

  it('sends large byte strings within the payload', async () => {
    const { client, received } = await start();
    const large = Buffer.alloc(20_000, 7);
    await client.notify.large(large);
    const find = (): WireMessage | undefined =>
      received.flat().find(({ envelope }) => envelope[1] === 'large');
    await expect.poll(() => find() !== undefined).toBe(true);
    const [value] = (find()?.envelope[2] ?? []) as Buffer[];
    expect(value && large.equals(value)).toBe(true);
    expect(find()?.header).toEqual(new Map());
  });
});
