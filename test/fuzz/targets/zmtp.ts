import { plainMechanism } from '../../../lib/nodes/zmtp/core/plain-mechanism.js';
import type { SessionOptions } from '../../../lib/nodes/zmtp/core/session.js';
import {
  GREETING,
  READY_DEALER,
  READY_SUB,
  eventsOf,
  latin1,
  sessionWith,
} from '../../nodes/zmtp/wire.js';
import { chunksOf } from '../chunks.js';
import { Dice } from '../dice.js';
import { LIMITS, outcomeOf } from '../session-outcome.js';
import type { FuzzTarget } from '../target.js';

/** What may follow a handshake. */
export const TRAFFIC: readonly Buffer[] = [
  latin1('\x00\x00'),
  latin1('\x01\x01a'),
  latin1('\x00\x05hello'),
  latin1(`\x02\x00\x00\x00\x00\x00\x00\x01\x2c${'x'.repeat(300)}`),
  latin1('\x03\x00\x00\x00\x00\x00\x00\x00\x02ab'),
  latin1('\x04\x07\x04PING\x00\x01'),
  latin1('\x04\x05\x04PONG'),
  latin1('\x04\x0e\x09SUBSCRIBEnews'),
  latin1('\x04\x0b\x06CANCELnews'),
  latin1('\x00\x05\x01news'),
  latin1('\x04\x08\x05ERROR\x01x'),
];

const CREDENTIALS = { username: 'me', password: 'secret' };

/** A greeting of PLAIN, and what its client and its server say. */
const PLAIN_GREETING = Buffer.from(GREETING);
PLAIN_GREETING.write('PLAIN\0', 12, 'latin1');
const PLAIN_PARTS: readonly Buffer[] = [
  latin1('\x04\x10\x05HELLO\x02me\x06secret'),
  latin1('\x04\x08\x07WELCOME'),
  Buffer.concat([latin1('\x04\x2c\x08INITIATE'), READY_DEALER.subarray(8)]),
  READY_DEALER,
];

/** Conversations without security, with a ROUTER and a PUB. */
export function openZmtp(): FuzzTarget {
  return sessions(
    'zmtp',
    [{ type: 'ROUTER' }, { type: 'PUB' }],
    [
      GREETING,
      ...[READY_DEALER, READY_SUB].flatMap((ready) =>
        TRAFFIC.map((part) => Buffer.concat([GREETING, ready, part, part])),
      ),
    ],
  );
}

/** Conversations with PLAIN, from both sides. */
export function openPlainZmtp(): FuzzTarget {
  const sides = [true, false].map((isServer) => plainMechanism(CREDENTIALS, isServer));
  return sessions(
    'zmtp-plain',
    sides.map((mechanism) => ({ type: 'ROUTER', mechanism })),
    [
      Buffer.concat([PLAIN_GREETING, ...PLAIN_PARTS]),
      ...PLAIN_PARTS.map((part) => Buffer.concat([PLAIN_GREETING, part, ...TRAFFIC])),
    ],
  );
}

/** Sessions of these kinds, each of which takes every input in pieces. */
export function sessions(
  name: string,
  kinds: readonly Partial<SessionOptions>[],
  seeds: readonly Buffer[],
): FuzzTarget {
  return {
    name,
    seeds,
    run(input) {
      const chunks = chunksOf(input, Dice.of(input));
      return kinds
        .map((kind) => outcomeOf(eventsOf(sessionWith({ ...kind, limits: LIMITS }), chunks)))
        .join('; ');
    },
  };
}
