/** What a handler does with a call: the caller says so, so that the model knows what must come. */
export interface Behaviour {
  /** What it returns. */
  readonly form: 'promise' | 'observable' | 'promise of an observable' | 'iterable';
  /** How many values it gives; a promise has one at most. */
  readonly count: number;
  /** Whether it gives them all at once, or one in each turn of the event loop. */
  readonly pace: 'at once' | 'by turns';
  /** Heavy values are byte strings that are long enough to travel as attachments. */
  readonly weight: 'light' | 'heavy';
  /** A handler that never ends does so when its caller goes away. */
  readonly ending: 'complete' | 'error' | 'never';
}

/** The message of the error that a handler ends with when its plan says so. */
export const ASKED_FOR = 'failed as it was asked to';

/** Long enough for a frame of its own. */
const HEAVY = 20_000;

/** One value of a call's answer, different from any of any other call. */
export function valueOf(call: number, index: number, { weight }: Behaviour): unknown {
  const value = call * 100 + index;
  if (weight === 'light') {
    return value;
  }
  const bytes = Buffer.alloc(HEAVY, value % 256);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A value for people, whatever its weight. */
export function nameOf(value: unknown): string {
  return Buffer.isBuffer(value) && value.length === HEAVY
    ? `heavy ${value.readUInt32BE()}`
    : String(value);
}
