import { loadBoxes, sealBox } from '../../../lib/nodes/zmtp/core/curve-box.js';
import { CurveMessages } from '../../../lib/nodes/zmtp/core/curve-message.js';
import { NonceCheck, NonceCounter, nonceOf } from '../../../lib/nodes/zmtp/core/curve-nonce.js';
import { writeHead } from '../../../lib/nodes/zmtp/core/frame-head.js';
import type { MechanismKind } from '../../../lib/nodes/zmtp/core/mechanism.js';
import type { Session } from '../../../lib/nodes/zmtp/core/session.js';
import { GREETING, READY_DEALER, eventsOf, latin1, sessionWith } from '../../nodes/zmtp/wire.js';
import { chunksOf } from '../chunks.js';
import { Dice } from '../dice.js';
import { LIMITS, outcomeOf } from '../session-outcome.js';
import type { FuzzTarget } from '../target.js';

/** What both sides have agreed on. */
const KEY = Buffer.alloc(32, 7);

/** A greeting of CURVE. */
const CURVE_GREETING = Buffer.from(GREETING);
CURVE_GREETING.write('CURVE\0', 12, 'latin1');

/** The first byte of an input: what follows travels as it is, or is sealed first. */
const AS_IT_IS = 0;
const SEALED = 1;

/** Frames by their flags, which say whether more follow (1), or that it is a command (2). */
const FRAMES: readonly (readonly [flags: number, body: Buffer])[] = [
  [0, latin1('hello')],
  [1, latin1('a')],
  [0, Buffer.alloc(0)],
  [0, Buffer.alloc(300, 'x')],
  [2, latin1('\x04PING\x00\x01')],
  [2, latin1('\x09SUBSCRIBEnews')],
  [2, latin1('\x05ERROR\x01x')],
];

/**
 * Frames after a handshake of CURVE: those of a stranger who has heard some, and those of a peer who
 * has the key, in any order. Nothing that was not sealed is delivered.
 */
export async function openCurveFrames(): Promise<FuzzTarget> {
  await loadBoxes();
  const sealed = FRAMES.map(([flags, body], count) => seal(flags, body, count));
  const bodies = new Set(FRAMES.map(([, body]) => body.toString('latin1')));
  return {
    name: 'curve-frames',
    seeds: [
      ...sealed.map((frame) => Buffer.concat([Buffer.of(AS_IT_IS), frame])),
      Buffer.concat([Buffer.of(AS_IT_IS), ...sealed]),
      ...FRAMES.map(([flags, body]) =>
        Buffer.concat([Buffer.of(SEALED, flags, Math.min(body.length, 255)), body]),
      ),
    ],
    run(input) {
      const isSealed = input[0] === SEALED;
      const bytes = isSealed ? sealAll(input.subarray(1)) : input.subarray(1);
      const session = keyedSession();
      const events = [
        ...eventsOf(session, [CURVE_GREETING, READY_DEALER]),
        ...eventsOf(session, chunksOf(bytes, Dice.of(input))),
      ];
      for (const event of events) {
        const frames = event.type === 'message' && !isSealed ? event.frames : [];
        if (frames.some((frame) => !bodies.has(frame.toString('latin1')))) {
          throw new Error('delivers what nobody has sealed');
        }
      }
      return `${isSealed ? 'sealed' : 'as it is'}: ${outcomeOf(events)}`;
    },
  };
}

/** A session that has its key when its peer says READY. */
function keyedSession(): Session {
  const mechanism: MechanismKind = {
    name: 'CURVE',
    isServer: true,
    create: () => ({
      begin: () => undefined,
      receive: ({ data }) => ({
        metadata: data,
        protection: new CurveMessages({
          isServer: true,
          key: KEY,
          ours: new NonceCounter(),
          theirs: new NonceCheck(),
        }),
      }),
    }),
  };
  return sessionWith({ mechanism, limits: LIMITS });
}

/** Seals frames, each of which has its flags, its size and its body. */
function sealAll(input: Buffer): Buffer {
  const frames: Buffer[] = [];
  for (let at = 0; at < input.length;) {
    const [flags = 0, size = 0] = input.subarray(at, at + 2);
    at += 2;
    frames.push(seal(flags, input.subarray(at, at + size), frames.length));
    at += size;
  }
  return Buffer.concat(frames);
}

/** Seals what flags and body a peer likes. @param count how many it has sealed before */
function seal(flags: number, body: Buffer, count: number): Buffer {
  const text = Buffer.concat([Buffer.of(flags), body]);
  const nonce = Buffer.alloc(8);
  nonce.writeUInt32BE(count + 1, 4);
  const box = sealBox(text, nonceOf('CurveZMQMESSAGEC', nonce), KEY);
  const content = Buffer.concat([latin1('\x07MESSAGE'), nonce, box]);
  const head = Buffer.alloc(9);
  const bodySize = content.length;
  const end = writeHead(head, 0, { bodySize, isCommand: false, hasMore: false });
  return Buffer.concat([head.subarray(0, end), content]);
}
