const SLOTS = 512;
const LONGEST = 32;

/**
 * Reads texts, and remembers short ones of ASCII by their bytes: names of members and methods come
 * again and again, and comparing bytes is faster than making a string, above all for use as a key.
 */
export class TextCache {
  private readonly slots: string[] = new Array<string>(SLOTS).fill('');

  /** @param bytes are UTF-8 from `start` to `end` */
  read(bytes: Buffer, start: number, end: number): string {
    const length = end - start;
    if (length > LONGEST) return bytes.toString('utf8', start, end);
    let hash = length;
    for (let at = start; at < end; at++) {
      const code = bytes[at] as number;
      if (code > 0x7f) return bytes.toString('utf8', start, end);
      hash = (Math.imul(hash, 31) + code) | 0;
    }
    const slot = (hash ^ (hash >>> 9)) & (SLOTS - 1);
    const known = this.slots[slot] as string;
    return isAt(known, bytes, start, length)
      ? known
      : (this.slots[slot] = bytes.toString('latin1', start, end));
  }
}

function isAt(text: string, bytes: Buffer, start: number, length: number): boolean {
  if (text.length !== length) return false;
  for (let index = 0; index < length; index++) {
    if (text.charCodeAt(index) !== bytes[start + index]) return false;
  }
  return true;
}

/** Of all readers, since peers use the same names. */
export const texts = new TextCache();
