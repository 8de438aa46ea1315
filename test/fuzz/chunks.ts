import type { Dice } from './dice.js';

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
