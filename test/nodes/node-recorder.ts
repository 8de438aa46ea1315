import { expect } from 'vitest';
import type { RemoteCallError } from '../../lib/errors/remote-call.error.js';
import type { Node, NodeListener } from '../../lib/nodes/node.js';

/** What a node received, as text. */
export interface Received {
  address: string;
  frames: string[];
}

/** A listener that records what its node reports. */
export class NodeRecorder implements NodeListener {
  readonly messages: { address: Buffer; frames: Buffer[] }[] = [];
  readonly errors: RemoteCallError[] = [];
  readonly links: ('up' | 'down')[] = [];

  message(address: Buffer, frames: Buffer[]): undefined {
    this.messages.push({ address, frames });
  }

  up(): void {
    this.links.push('up');
  }

  down(): void {
    this.links.push('down');
  }

  error(error: RemoteCallError): void {
    this.errors.push(error);
  }

  /** The messages that have content: greetings and farewells have none. */
  get texts(): Received[] {
    return this.messages
      .filter(({ frames }) => frames.length !== 1 || frames[0]?.length !== 0)
      .map(({ address, frames }) => ({
        address: String(address),
        frames: frames.map(String),
      }));
  }

  /** The last frames: what comes before differs from socket to socket. */
  get payloads(): string[] {
    return this.texts.map(({ frames }) => frames.at(-1) ?? '');
  }
}

/** Polls for a condition, for long enough on a machine that is busy with other work. */
export function expectSoon<T>(value: () => T): ReturnType<typeof expect.poll<T>> {
  return expect.poll(value, { timeout: 10_000, interval: 5 });
}

/** Opens a node and records what it reports. */
export async function record(node: Node): Promise<NodeRecorder> {
  const recorder = new NodeRecorder();
  await node.open(recorder);
  return recorder;
}

/** Sends text until it comes through: on PUB and UDP the first messages may find nobody. */
export async function sendUntilReceived(
  send: (text: string) => Promise<void>,
  recorder: NodeRecorder,
): Promise<void> {
  const text = 'are you there?';
  await expectSoon(async () => {
    await send(text).catch(() => undefined);
    return recorder.payloads;
  }).toContain(text);
}

/** Waits until nothing more of what was sent to find a connection is under way. */
export async function settle(
  send: (text: string) => Promise<void>,
  recorder: NodeRecorder,
): Promise<void> {
  await sendUntilReceived(send, recorder);
  await send('that is all');
  await expectSoon(() => recorder.payloads.at(-1)).toBe('that is all');
  recorder.messages.length = 0;
}
