import { lstat } from 'node:fs/promises';
import { connect } from 'node:net';

/** Errors of a listener that is there, but busy or not open to this process. */
const OCCUPIED: ReadonlySet<unknown> = new Set(['EAGAIN', 'EACCES', 'EPERM']);

/** Paths that are being bound by this process. */
const turns = new Map<string, Promise<unknown>>();

/**
 * Binds an ipc path once it is found free: no process listens there, and there is no file or that of
 * a socket. One task at a time for a path, for two at a time would both find it free.
 *
 * @param bind binds it; a file of a socket is for it to replace
 * @throws EADDRINUSE where the path is in use, or what `bind` throws
 */
export async function bindFreePath<Result>(
  path: string,
  bind: () => Promise<Result>,
): Promise<Result> {
  const before = turns.get(path);
  const turn = (async () => {
    await before?.catch(() => undefined);
    await requireFreePath(path);
    return bind();
  })();
  turns.set(path, turn);
  try {
    return await turn;
  } finally {
    if (turns.get(path) === turn) {
      turns.delete(path);
    }
  }
}

/** How Node names a path. libzmq writes an abstract Linux socket as `@name`, Node as `\0name`. */
export function systemPath(path: string): string {
  return path.startsWith('@') ? `\0${path.slice(1)}` : path;
}

async function requireFreePath(path: string): Promise<void> {
  const file = await lstat(path).catch(() => undefined);
  if (file && !file.isSocket()) {
    throw inUse('there is a file that is no socket');
  }
  if (await isListening(path)) {
    throw inUse('address in use');
  }
}

/** Whether any process listens on an ipc path. */
function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(systemPath(path));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(OCCUPIED.has(code)));
  });
}

function inUse(reason: string): Error {
  return Object.assign(new Error(reason), { code: 'EADDRINUSE' });
}
