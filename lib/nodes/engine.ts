/**
 * What carries `tcp://` and `ipc://`: `zeromq` is libzmq, by zeromq.js; `net` speaks ZeroMQ's
 * protocol by itself, over `node:net`. Each understands the other.
 */
export type Engine = 'zeromq' | 'net';

export const ENGINES: readonly Engine[] = ['zeromq', 'net'];

export const DEFAULT_ENGINE: Engine = 'zeromq';
