/**
 * The promise of something that a signal can end early.
 *
 * @param signal ends it when it aborts
 * @param reason makes the error that it then rejects with
 * @param start begins it, and returns the function that ends it without a result
 */
export function abortable<Value>(
  signal: AbortSignal | undefined,
  reason: (signal: AbortSignal) => Error,
  start: (resolve: (value: Value) => void, reject: (error: unknown) => void) => () => void,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    if (!signal) {
      start(resolve, reject);
      return;
    }
    const abort = (): void => {
      end();
      reject(reason(signal));
    };
    const settled =
      <Argument>(settle: (argument: Argument) => void) =>
      (argument: Argument): void => {
        signal.removeEventListener('abort', abort);
        settle(argument);
      };
    let end = (): void => undefined;
    signal.addEventListener('abort', abort, { once: true });
    try {
      end = start(settled(resolve), settled(reject));
    } catch (error) {
      settled(reject)(error);
    }
  });
}
