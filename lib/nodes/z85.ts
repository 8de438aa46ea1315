/** The digits of Z85, by which ZeroMQ writes keys (32/Z85). */
const DIGITS =
  '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';

const LARGEST = 0xffff_ffff;

/** Writes bytes, of which there are a multiple of 4, as text: 5 characters for each 4 of them. */
export function toZ85(bytes: Buffer): string {
  let text = '';
  for (let offset = 0; offset < bytes.length; offset += 4) {
    let word = bytes.readUInt32BE(offset);
    let block = '';
    for (let place = 0; place < 5; place++) {
      block = DIGITS.charAt(word % 85) + block;
      word = Math.floor(word / 85);
    }
    text += block;
  }
  return text;
}

/** Reads what {@link toZ85} writes; undefined where the text is no Z85. */
export function fromZ85(text: string): Buffer | undefined {
  if (text.length % 5 !== 0) {
    return undefined;
  }
  const bytes = Buffer.alloc((text.length / 5) * 4);
  for (let block = 0; block < text.length / 5; block++) {
    let word = 0;
    for (const character of text.slice(block * 5, block * 5 + 5)) {
      const digit = DIGITS.indexOf(character);
      word = digit < 0 ? Infinity : word * 85 + digit;
    }
    if (word > LARGEST) {
      return undefined;
    }
    bytes.writeUInt32BE(word, block * 4);
  }
  return bytes;
}
