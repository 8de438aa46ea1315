import { setImmediate, setTimeout } from 'node:timers/promises';

/**
 * Gives time to read: waits, and then until what has come is read, even where this process was blocked for
 * all of the time.
 */
export async function readingTime(milliseconds: number): Promise<void> {
  await setTimeout(milliseconds);
  // Sockets are read between timers and immediates, and what they bring may lead to more in this process.
  await setImmediate();
  await setImmediate();
}
