import type { FrameReader } from '../../../lib/nodes/zmtp/core/frame-reader.js';
import { NULL_MECHANISM } from '../../../lib/nodes/zmtp/core/null-mechanism.js';
import type { ReadLimits } from '../../../lib/nodes/zmtp/core/read-budget.js';
import { Session, type SessionOptions } from '../../../lib/nodes/zmtp/core/session.js';
import type { SessionEvent } from '../../../lib/nodes/zmtp/core/session-event.js';

/** Bytes of hexadecimal digits, with spaces for the reader. */
export const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

/** Bytes of a text, one for each character, with `\x00` and the like for the rest. */
export const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

export const NO_LIMITS: ReadLimits = {
  maxCommand: Infinity,
  maxFrame: Infinity,
  maxMessage: Infinity,
};

/** A greeting of ZMTP 3.1 with the mechanism NULL, as RFC 37 draws it. */
export const GREETING = hex(`
  ff 0000000000000001 7f  03 01
  4e554c4c 00000000000000000000000000000000
  00 ${'00'.repeat(31)}
`);

/** READY of a DEALER without an identity, and of a SUB. */
export const READY_DEALER = latin1(
  '\x04\x29\x05READY\x0bSocket-Type\x00\x00\x00\x06DEALER\x08Identity\x00\x00\x00\x00',
);
export const READY_SUB = latin1('\x04\x19\x05READY\x0bSocket-Type\x00\x00\x00\x03SUB');

/** Every way to cut bytes that the tests try. */
export const CUTS: readonly (readonly [string, (bytes: Buffer) => Buffer[]])[] = [
  ['whole', (bytes) => [bytes]],
  ['byte by byte', (bytes) => Array.from(bytes, (byte) => Buffer.of(byte))],
  ['in pieces of three', (bytes) => piecesOf(bytes, 3)],
];

/** Cuts bytes into pieces of a size. */
export function piecesOf(bytes: Buffer, size: number): Buffer[] {
  const count = Math.ceil(bytes.length / size);
  return Array.from({ length: count }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
}

/** A session of a ROUTER without security, unless other options are given. */
export function sessionWith(options: Partial<SessionOptions> = {}): Session {
  return new Session({
    type: 'ROUTER',
    identity: Buffer.alloc(0),
    mechanism: NULL_MECHANISM,
    limits: NO_LIMITS,
    ...options,
  });
}

/** All events that a session has after each of these chunks. */
export function eventsOf(session: Session, chunks: readonly Buffer[]): SessionEvent[] {
  return chunks.flatMap((chunk) => {
    session.receive(chunk);
    return drain(session);
  });
}

/** All events that a session has now. */
export function drain(session: Session): SessionEvent[] {
  const events: SessionEvent[] = [];
  for (let event = session.next(); event; event = session.next()) {
    events.push(event);
  }
  return events;
}

/** All frames that a reader has after each of these chunks. */
export function framesOf(reader: FrameReader, chunks: readonly Buffer[]) {
  return chunks.flatMap((chunk) => {
    reader.push(chunk);
    const frames = [];
    for (let frame = reader.next(); frame; frame = reader.next()) {
      frames.push(frame);
    }
    return frames;
  });
}

/** An event with its bytes as text, one character for each, and errors as their messages. */
export function shown(event: SessionEvent): unknown {
  switch (event.type) {
    case 'send':
      return { send: event.bytes.toString('latin1') };
    case 'ready':
      return { ready: event.identity.toString('latin1') };
    case 'message':
      return event.frames.map((frame) => frame.toString('latin1'));
    case 'candidate':
      return { candidate: event.identity.toString('latin1') };
    case 'ping':
      return { pong: event.pong.toString('latin1'), timeToLive: event.timeToLive };
    case 'failed':
      return { failed: event.error.message, lastWords: event.lastWords?.toString('latin1') };
    default:
      return { [event.type]: event.topic.toString('latin1') };
  }
}
