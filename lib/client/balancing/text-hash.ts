/**
 * A number for a text: from 0 to 2³² - 1, the same in every process.
 *
 * It is FNV-1a over the UTF-16 units of the text, mixed as in MurmurHash3. It is fast and well
 * distributed, and no protection against somebody who chooses texts.
 */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return mixed(hash);
}

/** A number for two numbers of {@link hashOf}, as if their texts were one. */
export function hashOfBoth(one: number, other: number): number {
  return mixed(Math.imul(one, 0x9e3779b1) ^ other);
}

function mixed(number: number): number {
  let hash = number;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
