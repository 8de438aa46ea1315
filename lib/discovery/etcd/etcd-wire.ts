/** A key and its value. */
export interface KeyValue {
  readonly key: string;
  readonly value: string;
}

/** A key was written, or is gone. */
export type KeyEvent =
  | ({ readonly type: 'put' } & KeyValue)
  | { readonly type: 'delete'; readonly key: string };

/** How etcd's gateway writes a key: bytes in base64, int64 as text, and no member that has its default. */
export interface WireKeyValue {
  readonly key: string;
  readonly value?: string;
  readonly mod_revision: string;
}

/** A change of a key. */
export interface WireEvent {
  readonly type?: 'PUT' | 'DELETE';
  readonly kv: WireKeyValue;
}

/** An answer of a watch. */
export interface WireWatch {
  readonly result?: {
    readonly canceled?: boolean;
    readonly cancel_reason?: string;
    /** The revision that one asked for is older than this one, and forgotten. */
    readonly compact_revision?: string;
    readonly events?: readonly WireEvent[];
  };
  readonly error?: object;
}

/** All keys that begin with a prefix. */
export function rangeOf(prefix: string): { key: string; range_end: string } {
  // The first text after all of them: its last character, an ASCII one, is the next one.
  const next = String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
  return { key: encoded(prefix), range_end: encoded(prefix.slice(0, -1) + next) };
}

export function keyValueOf({ key, value = '' }: WireKeyValue): KeyValue {
  return { key: decoded(key), value: decoded(value) };
}

export function encodedKeyValue({ key, value }: KeyValue): KeyValue {
  return { key: encoded(key), value: encoded(value) };
}

export function keyEvents(events: readonly WireEvent[]): readonly KeyEvent[] {
  return events.map(({ type, kv }) =>
    type === 'DELETE'
      ? { type: 'delete', key: decoded(kv.key) }
      : { type: 'put', ...keyValueOf(kv) },
  );
}

/** A key or a value as the gateway takes it. */
export function encoded(text: string): string {
  return Buffer.from(text).toString('base64');
}

function decoded(text: string): string {
  return Buffer.from(text, 'base64').toString();
}
