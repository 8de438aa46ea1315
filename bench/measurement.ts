/** What travels as the one argument of a call. */
export type PayloadName =
  | 'numbers'
  | 'object'
  | 'text-1k'
  | 'binary-50'
  | 'binary-1k'
  | 'binary-64k'
  | 'binary-1m';

/** What every load says. */
interface Connections {
  /** Clients in the one client process, each with a connection of its own. */
  connections: number;
}

/** Calls that are kept in flight: each that ends is followed by another at once. */
export interface CallsLoad extends Connections {
  kind: 'calls';
  method: 'add' | 'echo';
  payload: PayloadName;
  /** Whether a transport of JSON gets bytes as base64, which its users would do; else as JSON has them. */
  isBase64InJson?: boolean;
  /** On each connection. */
  inFlight: number;
}

/** Calls of `add` that begin at a steady rate, however long they take. */
export interface PacedLoad extends Connections {
  kind: 'paced';
  callsPerSecond: number;
}

/** Events on the first connection, as fast as so many of them that are not yet handed over allow. */
export interface EventsLoad extends Connections {
  kind: 'events';
  inFlight: number;
  /** Whether the client is a new one that only emits; another has made calls before. */
  isClientNew: boolean;
}

/** The task of a client; plain data, since it travels between processes. */
export type Load = CallsLoad | PacedLoad | EventsLoad;

/** How long a load lasts, in ms. */
export interface LoadTimes {
  /** Before anything is measured. */
  ramp: number;
  duration: number;
}

/** The events that a client emitted. */
export interface Emission {
  emitted: number;
  /** When it emitted the first, by the clock that all processes of a machine share. */
  beganAt: number;
}

/** What came of one load. */
export interface LoadResult {
  /** Responses received, or events handled, in a second. */
  rate: number;
  /** Microseconds from the call to its response; 0 for events. */
  p50: number;
  p99: number;
  /** Responses received, or events handled, those of the ramp included. */
  completed: number;
  /** Calls that ended in an error, or events that no handler saw. */
  lost: number;
  /** Whether nothing moved any more, and the client gave up. */
  isStalled: boolean;
}

/** What a process has used since it began. */
export interface Usage {
  /** Microseconds of CPU. */
  cpu: number;
  /** The most resident memory it ever had, in bytes. */
  peakMemory: number;
}

/** What one transport reached in one case of one round. */
export interface Sample extends LoadResult {
  /** Seconds of CPU of both sides together for 100,000 calls or events. */
  cpu: number;
  /** Bytes of both sides together, since they began. */
  memory: number;
}

/** The numbers of a sample that are compared between transports. */
export type Metric = 'rate' | 'p50' | 'p99' | 'cpu' | 'memory' | 'lost';
