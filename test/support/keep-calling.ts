import { setTimeout } from 'node:timers/promises';
import type { RemoteClient } from 'nestjs-remote';
import { expect } from 'vitest';

/** Calls that are made again and again. */
export interface RunningCalls {
  /** Resolves when some more have ended. */
  more(): Promise<void>;
  /** Ends them. @returns what went wrong: errors, and results that are not what was sent */
  stop(): Promise<readonly unknown[]>;
}

/**
 * Calls methods that respond with what they get, until it is told to stop.
 *
 * @param methods each is called by itself, one call after another
 * @param pause the most milliseconds between two of those
 */
export function keepCalling(
  client: RemoteClient,
  methods: readonly string[] = ['echo', 'echo', 'echo'],
  pause = 0,
): RunningCalls {
  const failures: unknown[] = [];
  let isStopped = false;
  let count = 0;
  const call = async (method: string): Promise<void> => {
    while (!isStopped) {
      const sent = count++;
      await client.issueCall(method, [sent]).then(
        (result) => result === sent || failures.push({ method, sent, result }),
        (error: unknown) => failures.push(error),
      );
      if (pause > 0) {
        await setTimeout(Math.random() * pause);
      }
    }
  };
  const calling = Promise.all(methods.map(call));
  return {
    more: async () => {
      const before = count;
      await expect.poll(() => count).toBeGreaterThan(before + 100);
    },
    stop: async () => {
      isStopped = true;
      await calling;
      return failures;
    },
  };
}
