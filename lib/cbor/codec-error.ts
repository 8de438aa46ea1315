/** One step from a value to a part of it: a member's name, or an index. */
export type PathKey = string | number;

/** A value, or a part of it, that CBOR or the codec's limits have no room for. */
export class EncodeError extends Error {
  override readonly name = 'EncodeError';

  /**
   * @param problem the fault, for example `cannot encode a function`
   * @param path the keys that lead to the offending part; empty for the value itself
   * @param root what the message calls the value that the path starts from
   * @param options `cause`: what a getter, a proxy or a `toJSON` threw
   */
  constructor(
    readonly problem: string,
    readonly path: readonly PathKey[] = [],
    root = 'value',
    options?: ErrorOptions,
  ) {
    super(`${problem} at ${root}${path.map(formatKey).join('')}`, options);
  }
}

/** Why bytes were refused. */
export type DecodeReason =
  | 'truncated'
  | 'malformed'
  | 'too-deep'
  | 'too-large'
  | 'too-many-elements'
  | 'bignum-too-long'
  | 'invalid-utf8';

/** Bytes that are no CBOR, or more of it than the codec's limits allow. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';

  /**
   * @param reason the kind of fault, for counting and for programs
   * @param offset where in the payload it was noticed, in bytes from its start
   * @param problem the fault, for people
   */
  constructor(
    readonly reason: DecodeReason,
    readonly offset: number,
    problem: string,
  ) {
    super(`${problem} at byte ${offset}`);
  }
}

function formatKey(key: PathKey): string {
  if (typeof key === 'number') return `[${key}]`;
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key)
    ? `.${key}`
    : `[${JSON.stringify(key)}]`;
}
