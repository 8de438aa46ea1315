const SLOTS = 512;
const LONGEST = 32;
const SPELLED = 12;

/**
 * Remembers short ASCII texts by their bytes. Names of members and methods come again and again,
 * and comparing bytes is several times faster than making a string, above all one for use as a key.
 */
export class TextCache {
  private readonly slots: string[] = new Array<string>(SLOTS).fill('');

  /** @returns the text, or `undefined` if it is too long for the cache or not ASCII */
  read(bytes: Buffer, start: number, length: number): string | undefined {
    if (length > LONGEST) return undefined;
    let hash = length;
    const end = start + length;
    for (let at = start; at < end; at++) {
      const code = bytes[at] as number;
      if (code > 0x7f) return undefined;
      hash = (Math.imul(hash, 31) + code) | 0;
    }
    const slot = (hash ^ (hash >>> 9)) & (SLOTS - 1);
    const known = this.slots[slot] as string;
    if (isAt(known, bytes, start, length)) return known;
    const text =
      length <= SPELLED ? spell(bytes, start, end) : bytes.toString('latin1', start, end);
    this.slots[slot] = text;
    return text;
  }
}

function isAt(text: string, bytes: Buffer, start: number, length: number): boolean {
  if (text.length !== length) return false;
  for (let index = 0; index < length; index++) {
    if (text.charCodeAt(index) !== bytes[start + index]) return false;
  }
  return true;
}

/** Makes a text of a few bytes, for which the call into native code would cost more. */
function spell(bytes: Buffer, start: number, end: number): string {
  let text = '';
  let at = start;
  for (; at + 4 <= end; at += 4) {
    text += String.fromCharCode(
      bytes[at] as number,
      bytes[at + 1] as number,
      bytes[at + 2] as number,
      bytes[at + 3] as number,
    );
  }
  for (; at < end; at++) text += String.fromCharCode(bytes[at] as number);
  return text;
}
