import type { Dice } from './dice.js';

/** Bytes at the borders of what formats distinguish. */
const BORDERS = [
  0, 1, 2, 3, 4, 5, 6, 0x17, 0x18, 0x1b, 0x5f, 0x7f, 0x80, 0x9f, 0xbf, 0xf6, 0xfe, 0xff,
];

/** The longest part that is left out or repeated, in most changes. */
const SPAN = 32;

/** Inputs grow no longer than this, in bytes. */
export const LONGEST = 16 * 1024;

/** Changes one of some inputs in one to four places, or in none. */
export function mutate(inputs: readonly Buffer[], dice: Dice): Buffer {
  let bytes: Buffer = Buffer.from(dice.oneOf(inputs));
  for (let changes = dice.below(5); changes > 0; changes--) {
    bytes = changed(bytes, inputs, dice);
  }
  return bytes.subarray(0, LONGEST);
}

function changed(bytes: Buffer, inputs: readonly Buffer[], dice: Dice): Buffer {
  const at = dice.below(bytes.length + 1);
  const end = Math.min(bytes.length, at + dice.below(SPAN));
  const head = bytes.subarray(0, at);
  switch (dice.below(8)) {
    case 0: // Leaves a part out.
      return Buffer.concat([head, bytes.subarray(end)]);
    case 1: // Repeats a part.
      return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)]);
    case 2: // Ends early.
      return Buffer.from(head);
    case 3: // Has one byte more.
      return Buffer.concat([head, Buffer.of(dice.oneOf(BORDERS)), bytes.subarray(at)]);
    case 4: // Goes on as another one begins.
      return Buffer.concat([bytes, dice.oneOf(inputs)]);
    case 5: // Goes on as another one ends.
      return spliced(head, dice.oneOf(inputs), dice);
    case 6: // Has a flipped bit.
      return replaced(bytes, at, (bytes[at] ?? 0) ^ (1 << dice.below(8)));
    default:
      return replaced(bytes, at, dice.below(2) === 0 ? dice.oneOf(BORDERS) : dice.below(256));
  }
}

function spliced(head: Buffer, other: Buffer, dice: Dice): Buffer {
  return Buffer.concat([head, other.subarray(dice.below(other.length + 1))]);
}

function replaced(bytes: Buffer, at: number, byte: number): Buffer {
  if (at < bytes.length) {
    bytes[at] = byte;
  }
  return bytes;
}
