import type { Usage } from './asked-process.js';

/** Answers the questions of the process that has started this one, once it is ready. */
export function answer(
  ready: unknown,
  answers: Readonly<Record<string, (...parameters: never[]) => unknown>>,
): void {
  process.on('message', ([question, ...parameters]: [string, ...never[]]) => {
    void Promise.resolve(answers[question]?.(...parameters)).then((result) =>
      process.send?.(result ?? null),
    );
  });
  process.once('disconnect', () => process.exit());
  process.send?.(ready);
}

/** What this process has used. */
export function usage(): Usage {
  (globalThis as { gc?: () => void }).gc?.();
  const { user, system } = process.cpuUsage();
  return { cpu: user + system, memory: process.memoryUsage().rss };
}
