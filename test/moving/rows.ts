import { connections } from './connections.js';
import { errors } from './errors.js';
import { handlers } from './handlers.js';
import { limits } from './limits.js';
import { options } from './options.js';
import { payloads } from './payloads.js';
import type { Row } from './row.js';
import { values } from './values.js';

/** All rows of the page that say what differs, in its order. */
export const differences: Row[] = [
  ...options,
  ...values,
  ...payloads,
  ...errors,
  ...limits,
  ...connections,
  ...handlers,
];

export { sameRows } from './same-rows.js';
