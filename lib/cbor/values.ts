import { brand } from '../errors/brand.js';

/**
 * A CBOR tag that has no JavaScript value of its own: what Python sends as Decimal (tag 4),
 * Fraction (30), UUID (37), an IP address (260) and the like. It is encoded again to the bytes
 * that it was decoded from.
 */
export class Tag {
  static {
    brand(this, 'Tag');
  }

  /**
   * @param tag the tag's number, 0 to 2^64 - 1; a bigint beyond Number.MAX_SAFE_INTEGER
   * @param value the tagged content
   */
  constructor(
    readonly tag: number | bigint,
    readonly value: unknown,
  ) {}
}

/** A CBOR simple value other than false, true, null and undefined. */
export class SimpleValue {
  static {
    brand(this, 'SimpleValue');
  }

  /** @param value the simple value's number, 0 to 255 */
  constructor(readonly value: number) {}
}

/** One item that is CBOR already; the writer copies it as it is, so that an id is echoed exactly. */
export class RawItem {
  static {
    brand(this, 'RawItem');
  }

  /** @param bytes exactly one well-formed CBOR item, which nothing checks again */
  constructor(readonly bytes: Uint8Array) {}
}
