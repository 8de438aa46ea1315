import type { Batch } from '../../sending/packing.js';

/** All frames of a message whose first is its address: of every socket but ROUTER. */
export function messageOf({ route, frames }: Batch): readonly Uint8Array[] {
  return [route.address, ...route.head, ...frames];
}
