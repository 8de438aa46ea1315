import { once } from 'node:events';
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { TickWriter } from '../../../lib/nodes/zmtp/tick-writer.js';

const MESSAGE = [Buffer.from('message')];
const MESSAGE_SIZE = 2 + 7;
/** Of a frame of one byte. */
const FRAME_HEAD = String.fromCharCode(0, 1);

let socket: Socket;
let writer: TickWriter;

beforeEach(async () => {
  const server = createServer((peer) => peer.resume());
  onTestFinished(() => void server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  writer = new TickWriter(socket, 1024);
});

describe('a tick', () => {
  it('has its first four messages written at once', () => {
    for (let count = 1; count <= 4; count++) {
      writer.message(MESSAGE);
      expect(socket.bytesWritten).toBe(count * MESSAGE_SIZE);
    }
  });

  it('has those after them written at its end', async () => {
    for (let count = 0; count < 10; count++) {
      writer.message(MESSAGE);
    }
    expect(socket.bytesWritten).toBe(4 * MESSAGE_SIZE);
    await expect.poll(() => socket.bytesWritten).toBe(10 * MESSAGE_SIZE);
  });

  it('begins anew after its end', async () => {
    for (let count = 0; count < 5; count++) {
      writer.message(MESSAGE);
    }
    await expect.poll(() => socket.bytesWritten).toBe(5 * MESSAGE_SIZE);
    writer.message(MESSAGE);
    expect(socket.bytesWritten).toBe(6 * MESSAGE_SIZE);
  });

  it('keeps the order of what is written at once and later', async () => {
    const received: Buffer[] = [];
    const server = createServer((peer) => peer.on('data', (chunk) => received.push(chunk)));
    onTestFinished(() => void server.close());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const other = connect((server.address() as AddressInfo).port, '127.0.0.1');
    onTestFinished(() => void other.destroy());
    await once(other, 'connect');
    const ordered = new TickWriter(other, 1024);
    for (let index = 0; index < 10; index++) {
      ordered.message([Buffer.from(String(index))]);
    }
    const texts = (): string =>
      Buffer.concat(received).toString('latin1').replaceAll(FRAME_HEAD, '');
    await expect.poll(texts).toBe('0123456789');
  });
});
