let callbacks: (() => void)[] = [];

/**
 * Calls back at the end of the tick, once all promises are dealt with that can be without waiting:
 * what they send leaves with the rest.
 */
export function atEndOfTick(callback: () => void): void {
  if (callbacks.push(callback) === 1) {
    queueMicrotask(afterMicrotasks);
  }
}

function afterMicrotasks(): void {
  process.nextTick(callAll);
}

function callAll(): void {
  const due = callbacks;
  callbacks = [];
  for (const callback of due) {
    callback();
  }
}
