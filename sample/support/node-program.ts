import { fork } from 'node:child_process';
import { on, once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A program in a process of its own, which ends when its channel to this one closes. */
export interface NodeProgram {
  pid: number | undefined;
  /** The texts that it sends, from its start to its end. */
  messages: AsyncIterableIterator<string>;
  /**
   * The next of them.
   *
   * @throws {Error} if the program has ended
   */
  message(): Promise<string>;
  end(): Promise<void>;
}

/**
 * Starts a program of a sample.
 *
 * @param script its compiled file
 */
export function startNode(script: URL, ...args: string[]): NodeProgram {
  const child = fork(fileURLToPath(script), args);
  const ended = once(child, 'exit');
  const messages = textsOf(on(child, 'message', { close: ['exit'] }));
  return {
    pid: child.pid,
    messages,
    message: async () => {
      const { value, done } = await messages.next();
      if (done) {
        throw new Error(`${fileURLToPath(script)} has ended`);
      }
      return value;
    },
    end: async () => {
      if (child.connected) {
        child.disconnect();
      }
      await ended;
    },
  };
}

/** In such a program: waits until the process that has started it closes the channel, or is gone. */
export async function released(): Promise<void> {
  // That may have come while the program was loading.
  if (process.connected) {
    await once(process, 'disconnect');
  }
}

async function* textsOf(messages: AsyncIterable<unknown[]>): AsyncGenerator<string> {
  for await (const [text] of messages) {
    yield String(text);
  }
}
