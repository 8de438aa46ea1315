import { createRequire } from 'node:module';

/** What zeromq.js exports. */
export type Zeromq = typeof import('zeromq');

let loaded: Zeromq | undefined;

/**
 * zeromq.js. Its native code is loaded by the first call, which only those make who need a socket:
 * a process without one runs where there is no build of it.
 */
export function zeromq(): Zeromq {
  loaded ??= createRequire(import.meta.url)('zeromq') as Zeromq;
  return loaded;
}
