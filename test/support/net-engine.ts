export { ENGINES, type Engine } from '../../lib/nodes/engine.js';
import type { Engine } from '../../lib/nodes/engine.js';

/** In place of lib/nodes/engine.ts: the tests of the project `net` run on the other engine. */
export const DEFAULT_ENGINE: Engine = 'net';
