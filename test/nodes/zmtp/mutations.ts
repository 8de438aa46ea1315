import { GREETING, READY_DEALER, READY_SUB, latin1 } from './wire.js';

/** Numbers that look random, the same for the same seed. */
export class Dice {
  constructor(private state: number) {}

  /** A whole number from 0 to below `end`. */
  below(end: number): number {
    // mulberry32
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % end;
  }

  oneOf<Value>(values: readonly Value[]): Value {
    return values[this.below(values.length)] as Value;
  }
}

/** What a session of a ROUTER or PUB may receive, cut where damage is likely to be interesting. */
const PARTS: readonly Buffer[] = [
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

const BYTES = [0, 1, 2, 3, 4, 5, 6, 0x7f, 0x80, 0xfe, 0xff];

/** A conversation that is damaged in a few places, or in none. */
export function damagedStream(dice: Dice): Buffer {
  const parts = [GREETING, dice.oneOf([READY_DEALER, READY_SUB])];
  for (let count = dice.below(8); count > 0; count--) {
    parts.push(dice.oneOf(PARTS));
  }
  let bytes: Buffer = Buffer.concat(parts);
  for (let count = dice.below(4); count > 0; count--) {
    bytes = damaged(bytes, dice);
  }
  return bytes;
}

/** Bytes with one damage. The bytes themselves may change. */
export function damaged(bytes: Buffer, dice: Dice): Buffer {
  const at = dice.below(bytes.length + 1);
  const end = Math.min(bytes.length, at + dice.below(20));
  switch (dice.below(5)) {
    case 0:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]);
    case 1:
      return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)]);
    case 2:
      return bytes.subarray(0, at);
    case 3:
      return Buffer.concat([
        bytes.subarray(0, at),
        Buffer.of(dice.oneOf(BYTES)),
        bytes.subarray(at),
      ]);
    default:
      bytes[Math.min(at, bytes.length - 1)] =
        dice.below(2) === 0 ? dice.oneOf(BYTES) : dice.below(256);
      return bytes;
  }
}

/** Cuts bytes into a few chunks. */
export function chunksOf(bytes: Buffer, dice: Dice): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 1 + dice.below(dice.oneOf([2, 20, 500]));
    chunks.push(bytes.subarray(at, end));
    at = end;
  }
  return chunks;
}
