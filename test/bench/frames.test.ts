import { type AddressInfo, connect, createServer } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { FrameReader, writeFrame } from '../../bench/limits/frames.js';

const MESSAGES = ['one', '', 'x'.repeat(700)].map((text) => Buffer.from(text));

async function written(): Promise<Buffer> {
  const server = createServer((socket) => {
    MESSAGES.forEach((message) => writeFrame(socket, message));
    socket.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const chunks = (await socket.toArray()) as Buffer[];
  server.close();
  return Buffer.concat(chunks);
}

describe('frames of the packed TCP', () => {
  it.each([1, 3, 4, 5, 100, 1000])('are found in chunks of %i bytes', async (size) => {
    const bytes = await written();
    const reader = new FrameReader();
    const found: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += size) {
      found.push(...reader.read(bytes.subarray(at, at + size)));
    }
    expect(found.map(String)).toEqual(MESSAGES.map(String));
  });
});
