import { DecodeError } from '../../../cbor/codec-error.js';
import { LARGEST_LIMITS } from '../../../cbor/codec-limits.js';
import { HeadReader, Major } from '../../../cbor/head-reader.js';
import { A256GCM, COUNTER_SIZE, ENCRYPT0, type Encrypt0, Label } from './encrypt0.js';

/** The head of the tag. */
const FIRST_BYTE = (Major.TAG << 5) | ENCRYPT0;

/** Reads a `COSE_Encrypt0`; undefined where the bytes are none, or not written as this package does. */
export function readEncrypt0(datagram: Buffer): Encrypt0 | undefined {
  if (datagram[0] !== FIRST_BYTE) {
    return undefined; // Without the price of an error, for what anyone can send.
  }
  try {
    return reader.read(datagram);
  } catch (error) {
    if (error instanceof DecodeError) {
      return undefined;
    }
    throw error;
  } finally {
    reader.release();
  }
}

/**
 * Takes one form alone, that of the specification: a datagram that could be written in another way
 * would be another datagram with the same authentic content.
 */
class Encrypt0Reader extends HeadReader {
  read(datagram: Buffer): Encrypt0 {
    this.reset(datagram);
    this.expect(Major.TAG, ENCRYPT0);
    this.expect(Major.ARRAY, 3);
    const start = this.position;
    const length = this.lengthOf(Major.BYTES);
    const end = this.position + length;
    this.expect(Major.MAP, 4);
    this.expect(Major.UNSIGNED, Label.ALGORITHM);
    this.expect(Major.UNSIGNED, A256GCM);
    this.expect(Major.UNSIGNED, Label.KEY_ID);
    const keyId = this.byteString();
    this.expect(Major.UNSIGNED, Label.PARTIAL_IV);
    this.expect(Major.BYTES, COUNTER_SIZE);
    const counter = this.bytes.readUInt32BE(this.advance(COUNTER_SIZE));
    this.expect(Major.UNSIGNED, Label.KEY_ID_CONTEXT);
    const context = this.byteString();
    this.require(this.position === end);
    this.expect(Major.MAP, 0);
    const ciphertext = this.byteString();
    this.require(this.atEnd);
    return { keyId, counter, context, header: datagram.subarray(start, end), ciphertext };
  }

  private byteString(): Buffer {
    const length = this.lengthOf(Major.BYTES);
    const start = this.advance(length);
    return this.bytes.subarray(start, start + length);
  }

  private expect(major: number, argument: number): void {
    this.require(this.lengthOf(major) === argument);
  }

  /** Reads a head in its shortest form. @returns its argument */
  private lengthOf(major: number): number {
    const start = this.position;
    const initial = this.peek();
    this.require(initial >> 5 === major);
    const argument = this.argument(initial);
    this.require(this.position - start === shortestHead(argument));
    return argument;
  }

  private require(isRight: boolean): void {
    if (!isRight) {
      throw this.error('malformed', 'not a COSE_Encrypt0 of this protocol');
    }
  }
}

const reader = new Encrypt0Reader(LARGEST_LIMITS);

function shortestHead(argument: number): number {
  if (argument < 24) return 1;
  if (argument < 0x100) return 2;
  return argument < 0x1_0000 ? 3 : 5;
}
