import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import { onTestFinished } from 'vitest';
import { sequence } from '../extension/wire.js';

const LONG_FRAME = 2;
const MORE_FRAMES = 1;
const COMMAND = 4;

/** A ZMTP 3.1 peer of bare bytes, which can do to a connection what libzmq never does. */
export class ZmtpPeer {
  private constructor(private readonly socket: Socket) {}

  /** Connects as a DEALER. */
  static async connect(address: string): Promise<ZmtpPeer> {
    const socket = connect(Number(new URL(address).port), '127.0.0.1');
    socket.on('error', () => undefined); // Its other end may be gone.
    onTestFinished(() => void socket.destroy());
    await once(socket, 'connect');
    const peer = new ZmtpPeer(socket);
    await peer.write(greeting());
    await peer.write(command('READY', property('Socket-Type', 'DEALER')));
    // The handshake of the other end.
    await once(socket, 'data');
    socket.resume();
    return peer;
  }

  /** Sends requests of a base client, each a message of its own; resolves when the system has them. */
  async request(count: number, method: string, arg: unknown): Promise<void> {
    const messages: Buffer[] = [];
    for (let id = 0; id < count; id++) {
      const payload = sequence([0, id, method, [arg]]);
      messages.push(frame(MORE_FRAMES, Buffer.from('-')), frame(0, payload));
    }
    await this.write(Buffer.concat(messages));
  }

  /** Breaks the connection. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  private write(bytes: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.socket.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }
}

function greeting(): Buffer {
  const bytes = Buffer.alloc(64);
  bytes.set([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 1]);
  bytes.write('NULL', 12);
  return bytes;
}

function command(name: string, body: Buffer): Buffer {
  return frame(COMMAND, Buffer.concat([Buffer.from([name.length]), Buffer.from(name), body]));
}

function property(name: string, value: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(value.length);
  return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), length, Buffer.from(value)]);
}

function frame(flags: number, body: Buffer): Buffer {
  if (body.length < 256) {
    return Buffer.concat([Buffer.from([flags, body.length]), body]);
  }
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(body.length));
  return Buffer.concat([Buffer.from([flags | LONG_FRAME]), length, body]);
}
