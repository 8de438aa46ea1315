/** Methods that begin so are for the server itself, and no handler ever gets them. */
export const RESERVED_PREFIX = '$/';

/** Every server of this package answers it, with a {@link ServiceStatus}. */
export const PING_METHOD = '$/ping';

/** Servers with the option `reflection` answer it, with a {@link ServiceDescription}. */
export const DESCRIBE_METHOD = '$/describe';

/** What a server says of itself. */
export interface ServiceStatus {
  /** 32 hexadecimal digits, drawn when it began to listen: they tell a restart from a reconnect. */
  readonly instance: string;
  /** Milliseconds since it began to listen. */
  readonly uptime: number;
  /** How many requests wait or run there. Requests of reserved methods do not count. */
  readonly inFlight: number;
  /** Present while it closes: it takes no more calls. */
  readonly draining?: true;
}

/** What a server serves. */
export interface ServiceDescription {
  /** In alphabetical order. */
  readonly methods: readonly MethodDescription[];
}

/** A method that a server serves. Beside name and kind it has what its handler declares. */
export interface MethodDescription {
  /** The pattern; of an object, the text that Nest makes of it. */
  readonly name: string;
  /** `'stream'` is a request whose response has several values, where its handler says so. */
  readonly kind: 'request' | 'stream' | 'event';
  readonly description?: string;
  readonly version?: string;
  /** `true`, or what to use instead. */
  readonly deprecated?: true | string;
  /** JSON Schemas of the positional arguments; `null` for one of which nothing is declared. */
  readonly arguments?: readonly unknown[];
}

/** Whether a method is one of the server itself. */
export function isReserved(method: string): boolean {
  return method.startsWith(RESERVED_PREFIX);
}
