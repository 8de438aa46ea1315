import { Controller } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import { expect, test } from 'vitest';
import { createClient, startService } from '../support/nest.js';
import { RawDatagrams, codec } from './raw-datagrams.js';

/** The largest payload of a UDP datagram over IPv4. */
const LIMIT = 65_507;

const sizes: number[] = [];

@Controller()
class SizeController {
  @MessagePattern('bytes')
  bytes(@Payload() size: number): Buffer {
    return Buffer.alloc(size);
  }

  @MessagePattern('fail')
  fail(@Payload() size: number): never {
    throw new RpcException({ message: 'failed', log: 'x'.repeat(size), code: 7 });
  }

  @EventPattern('note')
  note(@Payload() bytes: Buffer): void {
    sizes.push(bytes.length);
  }
}

async function start(): Promise<string> {
  const { address } = await startService(
    { controllers: [SizeController] },
    { bind: 'udp://127.0.0.1:*' },
  );
  return address;
}

/** How many bytes an event has beside its one argument: 83 02, `note`, 81 and 59 with two. */
const AROUND_AN_EVENT = 2 + 5 + 1 + 3;

test('arguments that fill a datagram to its limit arrive', async () => {
  sizes.length = 0;
  const client = createClient({ connect: await start(), extension: false });

  await client.notify.note(Buffer.alloc(LIMIT - AROUND_AN_EVENT));

  await expect.poll(() => sizes).toEqual([LIMIT - AROUND_AN_EVENT]);
});

test.each([
  ['without the extension', false, AROUND_AN_EVENT],
  ['with the header that the extension adds', true, AROUND_AN_EVENT + 1],
])('one byte more is refused %s', async (_, extension, around) => {
  const receiver = await RawDatagrams.bind();
  const client = createClient({ connect: receiver.address, extension });
  const tooMuch = Buffer.alloc(LIMIT - around + 1);

  await expect(client.notify.note(tooMuch)).rejects.toMatchObject({
    message: expect.stringMatching(/^cannot send 'note': .* 65507 have room in a datagram$/),
    context: { method: 'note', limit: LIMIT },
    origin: 'local',
    code: 'INVALID_ARGUMENT',
  });

  await client.notify.note(tooMuch.subarray(1));
  await expect
    .poll(() => receiver.received.map(({ datagram }) => datagram.length))
    .toEqual([LIMIT]);
});

test('a call that no datagram has room for is refused before anything is sent', async () => {
  const receiver = await RawDatagrams.bind();
  const client = createClient({ connect: receiver.address, extension: false });

  await expect(client.call.bytes(Buffer.alloc(LIMIT))).rejects.toMatchObject({
    origin: 'local',
    code: 'INVALID_ARGUMENT',
  });

  await client.notify.last();
  await expect.poll(() => receiver.decoded).toEqual([[2, 'last', []]]);
});

test('metadata counts too', async () => {
  const receiver = await RawDatagrams.bind();
  const client = createClient(receiver.address);
  const metadata = { baggage: 'x'.repeat(LIMIT) };

  await expect(client.issueCall('bytes', [], { metadata })).rejects.toMatchObject({
    origin: 'local',
    code: 'INVALID_ARGUMENT',
  });
});

/** How many bytes an answer has beside its result: 84 01 07 f6, 59 with two, and the header a0. */
const AROUND_AN_ANSWER = 4 + 3 + 1;

test('a result that fills a datagram to its limit arrives', async () => {
  const address = await start();
  const caller = await RawDatagrams.bind();

  await caller.send(codec.encode([0, 7, 'bytes', [LIMIT - AROUND_AN_ANSWER]]), address);

  await expect.poll(() => caller.received.map(({ datagram }) => datagram.length)).toEqual([LIMIT]);
});

test('one byte more gets an error response', async () => {
  const client = createClient(await start());

  await expect(client.call.bytes(LIMIT)).rejects.toMatchObject({
    message: expect.stringMatching(/the result cannot be encoded: \d+ bytes, and a datagram has/),
    origin: 'remote',
    code: 'INTERNAL',
  });
  expect(await client.call.bytes(3)).toHaveLength(3);
});

test('an error that no datagram has room for is replaced by one that fits', async () => {
  const client = createClient(await start());

  await expect(client.call.fail(LIMIT)).rejects.toMatchObject({
    message: 'the error is too long to be sent',
    origin: 'remote',
  });
});
