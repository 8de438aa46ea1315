/** `String(value)`, which throws for an object without a usable `toString`. */
export function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return tagOf(value);
  }
}

/** What something says that was thrown, which may be anything: the message of an error, else its text. */
export function reasonOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? String(thrown.message) : String(thrown);
  } catch {
    return tagOf(thrown);
  }
}

function tagOf(value: unknown): string {
  try {
    return Object.prototype.toString.call(value);
  } catch {
    return '[object Object]'; // A proxy that lets nothing be read.
  }
}
