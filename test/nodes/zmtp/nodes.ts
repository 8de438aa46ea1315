import { type Socket, connect, createServer } from 'node:net';
import { onTestFinished } from 'vitest';
import { ZmtpNode, type ZmtpNodeOptions } from '../../../lib/nodes/zmtp/zmtp-node.js';
import { NodeRecorder } from '../node-recorder.js';

export const ANYWHERE = 'tcp://127.0.0.1:*';

/** A recorder that keeps what was dropped, too. */
export class DropRecorder extends NodeRecorder {
  readonly drops: string[] = [];
  readonly details: string[] = [];

  dropped(reason: string, detail?: () => string): void {
    this.drops.push(reason);
    this.details.push(detail?.() ?? '');
  }

  /** Who has greeted, or said farewell. */
  get greetings(): string[] {
    return this.messages
      .filter(({ frames }) => frames.length === 1 && frames[0]?.length === 0)
      .map(({ address }) => String(address));
  }
}

/** Makes a node that is closed when the test has finished. */
export function nodeWith(options: ZmtpNodeOptions): ZmtpNode {
  const node = new ZmtpNode(options);
  onTestFinished(() => node.close());
  return node;
}

/** Opens a node and records what it reports. */
export async function openNode(options: ZmtpNodeOptions): Promise<[ZmtpNode, DropRecorder]> {
  const node = nodeWith(options);
  const recorder = new DropRecorder();
  await node.open(recorder);
  return [node, recorder];
}

/** Opens a ROUTER that is bound. */
export function openRouter(socketOptions: object = {}): Promise<[ZmtpNode, DropRecorder]> {
  return openNode({ type: 'router', bind: [ANYWHERE], socketOptions });
}

/** A bare TCP connection that keeps what comes. */
export class Stranger {
  text = '';
  isClosed = false;

  constructor(readonly socket: Socket) {
    socket.on('data', (chunk) => (this.text += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => (this.isClosed = true));
    onTestFinished(() => void socket.destroy());
  }

  /** Connects to a node, and sends something. */
  static to(node: Pick<ZmtpNode, 'addresses'>, ...chunks: readonly Buffer[]): Stranger {
    const port = Number(node.addresses[0]?.split(':').at(-1));
    const stranger = new Stranger(connect(port, '127.0.0.1'));
    chunks.forEach((chunk) => stranger.socket.write(chunk));
    return stranger;
  }
}

/** Listens as a stranger that answers each connection with some bytes. @returns its address */
export async function strangeServer(...chunks: readonly Buffer[]): Promise<string> {
  const server = createServer((socket) => {
    const stranger = new Stranger(socket);
    chunks.forEach((chunk) => stranger.socket.write(chunk));
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return `tcp://127.0.0.1:${(server.address() as { port: number }).port}`;
}
