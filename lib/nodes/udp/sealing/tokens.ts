import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Bytes of a token: less than 24, so that its CBOR head has one byte. */
export const TOKEN_SIZE = 16;

/** How long a token holds, in seconds. */
export const TOKEN_LIFE = 10;

const TIME_SIZE = 4;

/**
 * The tokens of a server's challenges: a time, and a MAC over it, the session that is challenged and
 * the address that the token is sent to. So a server keeps nothing for those that it challenges.
 */
export class Tokens {
  readonly #secret = randomBytes(32);

  /** @param now gives the time in milliseconds, from 0 on */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Makes a token. */
  of(session: Buffer, address: string): Buffer {
    return this.at(Math.floor(this.now() / 1000), session, address);
  }

  /** Whether a token was made for this session and address, at most {@link TOKEN_LIFE} ago. */
  isValid(token: Buffer, session: Buffer, address: string): boolean {
    const time = token.readUInt32BE();
    return (
      Math.floor(this.now() / 1000) - time <= TOKEN_LIFE &&
      timingSafeEqual(token, this.at(time, session, address))
    );
  }

  private at(time: number, session: Buffer, address: string): Buffer {
    const token = Buffer.alloc(TOKEN_SIZE);
    token.writeUInt32BE(time);
    const mac = createHmac('sha256', this.#secret);
    mac.update(token.subarray(0, TIME_SIZE)).update(session).update(address);
    mac.digest().copy(token, TIME_SIZE);
    return token;
  }
}
