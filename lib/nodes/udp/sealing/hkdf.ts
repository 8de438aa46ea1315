import { createHmac } from 'node:crypto';

const HASH = 'sha256';
const HASH_SIZE = 32;
const NO_SALT = Buffer.alloc(HASH_SIZE);

/**
 * HKDF-SHA-256 without a salt (RFC 5869).
 *
 * Anyone can make a server derive keys, by datagrams of sessions that do not exist: this takes 15 µs,
 * the same by `hkdfSync` 50 µs.
 *
 * @param size bytes of the result
 */
export function hkdf(secret: Buffer, info: Buffer, size: number): Buffer {
  const extracted = createHmac(HASH, NO_SALT).update(secret).digest();
  const blocks: Buffer[] = [];
  for (let number = 1; (number - 1) * HASH_SIZE < size; number++) {
    const block = createHmac(HASH, extracted);
    block.update(blocks.at(-1) ?? Buffer.alloc(0)).update(info);
    blocks.push(block.update(Buffer.of(number)).digest());
  }
  return Buffer.concat(blocks).subarray(0, size);
}
