import { ProtocolError } from './protocol-error.js';

/**
 * The greeting (37/ZMTP, "The Greeting"; 23/ZMTP has the same):
 *
 * ```text
 *    0          1        9    10     11     12         32         33      64
 *   ┌────┬─────────────┬────┬──────┬──────┬───────────┬───────────┬────────┐
 *   │ ff │   padding   │ 7f │ major│ minor│ mechanism │ as-server │ filler │
 *   └────┴─────────────┴────┴──────┴──────┴───────────┴───────────┴────────┘
 *   ╰──── signature ────────╯
 * ```
 */
const GREETING_SIZE = 64;
const SIGNATURE_END = 9;
const MAJOR = 10;
const MINOR = 11;
const MECHANISM = 12;
const MECHANISM_END = 32;
const AS_SERVER = 32;

/** What the other side says of itself. */
export interface Greeting {
  /** Of ZMTP 3. A peer of a later version speaks ours (37/ZMTP, "Version Negotiation"). */
  readonly minor: number;
  readonly mechanism: string;
  /** Whether it says that it is the server of the mechanism. libzmq says so of nobody. */
  readonly isServer: boolean;
}

/** Writes the greeting of ZMTP 3.1. */
export function writeGreeting(mechanism: string, isServer: boolean): Buffer {
  const greeting = Buffer.alloc(GREETING_SIZE);
  greeting[0] = 0xff;
  greeting[SIGNATURE_END] = 0x7f;
  greeting[MAJOR] = 3;
  greeting[MINOR] = 1;
  greeting.write(mechanism, MECHANISM, 'latin1');
  greeting[AS_SERVER] = isServer ? 1 : 0;
  return greeting;
}

/** Reads the greeting of the other side, and checks each byte as it comes. */
export class GreetingReader {
  private readonly bytes = Buffer.alloc(GREETING_SIZE);
  private length = 0;

  /** @returns how many bytes of the chunk belong to the greeting */
  take(chunk: Uint8Array): number {
    const taken = Math.min(chunk.length, GREETING_SIZE - this.length);
    this.bytes.set(chunk.subarray(0, taken), this.length);
    this.length += taken;
    return taken;
  }

  /**
   * The greeting; undefined where more of it is to come.
   *
   * @throws {ProtocolError} as soon as it shows that it is none of ZMTP 3
   */
  read(): Greeting | undefined {
    this.check();
    const { bytes, length } = this;
    if (length < GREETING_SIZE) {
      return undefined;
    }
    const mechanism = bytes.toString('latin1', MECHANISM, MECHANISM_END).replace(/\0+$/, '');
    return {
      minor: bytes[MAJOR] === 3 ? (bytes[MINOR] as number) : 1,
      mechanism,
      isServer: bytes[AS_SERVER] === 1,
    };
  }

  private check(): void {
    const { bytes, length } = this;
    const isSigned = (at: number, expected: number): boolean =>
      length <= at || bytes[at] === expected;
    if (!isSigned(0, 0xff) || !isSigned(SIGNATURE_END, 0x7f)) {
      throw new ProtocolError('the other side speaks no ZMTP, or one older than 2.0');
    }
    const major = bytes[MAJOR] as number;
    if (length > MAJOR && major < 3) {
      // Versions 1.0 and 2.0 have a revision here, 0 and 1 (37/ZMTP, "Backwards Interoperability").
      throw new ProtocolError(
        `the other side speaks ZMTP ${major === 0 ? '1.0' : '2.0'}, older than 3.0; it needs libzmq 4.0 or later`,
      );
    }
  }
}
