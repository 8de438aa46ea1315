import type { Slice } from '../../cbor/slice.js';

/** Slices one after the other, without copying where they lie next to each other already. */
export function joinSlices(slices: readonly Slice[]): Buffer {
  const runs = mergeNeighbours(slices);
  const [only] = runs;
  if (only && runs.length === 1) {
    return only.buffer.subarray(only.start, only.end);
  }
  let length = 0;
  for (const { start, end } of runs) {
    length += end - start;
  }
  const joined = Buffer.allocUnsafe(length);
  let position = 0;
  for (const { buffer, start, end } of runs) {
    position += buffer.copy(joined, position, start, end);
  }
  return joined;
}

function mergeNeighbours(slices: readonly Slice[]): Slice[] {
  const runs: { buffer: Buffer; start: number; end: number }[] = [];
  let last: { buffer: Buffer; start: number; end: number } | undefined;
  for (const { buffer, start, end } of slices) {
    if (last?.buffer === buffer && last.end === start) {
      last.end = end;
    } else {
      last = { buffer, start, end };
      runs.push(last);
    }
  }
  return runs;
}
