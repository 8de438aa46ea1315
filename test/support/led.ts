import type { ServerGenerator } from 'nestjs-remote';

/** A source of addresses, and what leads those that follow it elsewhere. */
export function led(first: readonly string[]): {
  resolve: ServerGenerator;
  lead: (addresses: readonly string[]) => void;
} {
  let addresses = first;
  let changed: () => void;
  return {
    lead: (next) => {
      addresses = next;
      changed();
    },
    resolve: async function* (signal) {
      while (!signal.aborted) {
        const change = new Promise<void>((resolve) => (changed = resolve));
        yield addresses;
        await change;
      }
    },
  };
}
