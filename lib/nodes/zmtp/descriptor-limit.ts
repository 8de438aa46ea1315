import { readFileSync } from 'node:fs';

/** How many file descriptors the process may have; `Infinity` where the system does not tell. */
export function descriptorLimit(): number {
  try {
    const [, limit] =
      /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return limit === undefined ? Infinity : Number(limit);
  } catch {
    return Infinity; // Only Linux has the file.
  }
}
