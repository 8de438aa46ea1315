import { isMainThread, threadId } from 'node:worker_threads';

/** How many objects are noted before those are forgotten that have been closed. */
const FEWEST = 64;

/** A socket, or the monitor of one. */
interface Closable {
  readonly closed: boolean;
  close(): void;
}

/** What a worker thread may have open. */
interface Noted {
  objects: Closable[];
  /** How many there may be before the closed ones are forgotten. */
  limit: number;
}

/** Undefined until something of this thread is noted, and always on the main thread. */
let noted: Noted | undefined;

/**
 * Has a socket or a monitor closed before its thread ends, where that is a worker thread.
 *
 * A thread that ends while one of them receives aborts the whole process: zeromq.js rejects the promise
 * of `receive()` when no JavaScript can run any more. The hook comes in time where a thread ends by
 * itself, by `process.exit()` or by an error. `worker.terminate()` and the end of the main thread call
 * no hook, so the first socket warns of them.
 */
export function closeBeforeThreadEnds(object: Closable): void {
  if (isMainThread) {
    return;
  }
  noted ??= begin();
  if (noted.objects.length >= noted.limit) {
    noted.objects = noted.objects.filter(({ closed }) => !closed);
    noted.limit = Math.max(FEWEST, noted.objects.length * 2);
  }
  noted.objects.push(object);
}

function begin(): Noted {
  const begun: Noted = { objects: [], limit: FEWEST };
  process.once('exit', () => begun.objects.forEach((object) => object.close()));
  process.emitWarning(
    `worker thread ${threadId} opens ZeroMQ sockets. Close its clients and servers before it is ` +
      'ended from outside, by worker.terminate(), by the end of the main thread or by a test runner ' +
      'that runs tests in threads: ' +
      'otherwise that aborts the whole process',
    { code: 'NESTJS_REMOTE_WORKER_THREAD' },
  );
  return begun;
}
