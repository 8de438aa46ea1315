/**
 * Does work that a signal ends, and that ends with an error when its time is up.
 *
 * @param limit milliseconds
 * @param work gets the signal of both
 */
export async function withTimeLimit<Result>(
  signal: AbortSignal,
  limit: number,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted();
  // Not AbortSignal.any: a signal that lives as long as a server would keep one for each request.
  const ending = new AbortController();
  const abort = (): void => ending.abort(signal.reason);
  const timer = setTimeout(() => ending.abort(new Error(`no answer within ${limit} ms`)), limit);
  signal.addEventListener('abort', abort);
  try {
    return await work(ending.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}
