import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A program in a process of its own, which ends when its channel to this one closes. */
export interface NodeProgram {
  process: ChildProcess;
  /** The next message that the program sends. */
  message<Message>(): Promise<Message>;
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
  return {
    process: child,
    message: async <Message>() => {
      const [message] = await Promise.race([once(child, 'message'), ended.then(failed)]);
      return message as Message;
    },
    end: async () => {
      if (child.connected) {
        child.disconnect();
      }
      await ended;
    },
  };

  function failed(): never {
    throw new Error(`${script.href} has ended with ${child.exitCode}`);
  }
}
