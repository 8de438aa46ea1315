import { writeCommand } from './command.js';
import { headSizeFor, writeHead } from './frame-head.js';

/** Asks a publisher for the topics that begin with a prefix, or takes that back. */
export interface Subscription {
  readonly type: 'subscribe' | 'cancel';
  readonly topic: Buffer;
}

/** How ZMTP 3.0 tells the two apart: by the first byte of a message (23/ZMTP, "Publish-Subscribe"). */
const CANCEL = 0;
const SUBSCRIBE = 1;

/**
 * Writes a subscription as a whole frame: a command from ZMTP 3.1 on, and a message before that.
 *
 * @param minor the minor version of the other side
 */
export function writeSubscription({ type, topic }: Subscription, minor: number): Buffer {
  if (minor >= 1) {
    return writeCommand(type === 'subscribe' ? 'SUBSCRIBE' : 'CANCEL', topic);
  }
  const bodySize = 1 + topic.length;
  const frame = Buffer.alloc(headSizeFor(bodySize) + bodySize);
  const start = writeHead(frame, 0, { bodySize, isCommand: false, hasMore: false });
  frame[start] = type === 'subscribe' ? SUBSCRIBE : CANCEL;
  frame.set(topic, start + 1);
  return frame;
}

/** Reads the message form. Undefined for any other message, which is for the application of an XPUB. */
export function readSubscription(message: readonly Buffer[]): Subscription | undefined {
  const [body] = message;
  const [kind] = body ?? [];
  if (body === undefined || message.length > 1 || (kind !== SUBSCRIBE && kind !== CANCEL)) {
    return undefined;
  }
  return { type: kind === SUBSCRIBE ? 'subscribe' : 'cancel', topic: body.subarray(1) };
}
