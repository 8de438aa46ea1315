/**
 * Calls a function of the user that the work here does not depend on, such as a hook or a listener.
 *
 * @param hook may return a promise, which is not awaited
 * @param failed takes what it throws, or what its promise rejects with
 */
export function callHook(hook: () => unknown, failed: (error: unknown) => void): void {
  try {
    const returned = hook();
    if (returned instanceof Promise) {
      returned.catch(failed);
    }
  } catch (error) {
    failed(error);
  }
}
