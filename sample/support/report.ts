import { isDeepStrictEqual } from 'node:util';

let failures = 0;

/** Runs one step, and prints its result and round-trip time. */
export async function step<Result>(
  title: string,
  run: () => Promise<Result>,
  expected: NoInfer<Result>,
): Promise<void> {
  const startedAt = performance.now();
  const result = await run();
  check(title, result, expected, performance.now() - startedAt);
}

/**
 * Prints a result, and notes whether it was as expected.
 *
 * @param elapsed its round-trip time in milliseconds
 */
export function check(title: string, result: unknown, expected: unknown, elapsed?: number): void {
  const isRight = isDeepStrictEqual(result, expected);
  const time = elapsed === undefined ? '' : `  ${elapsed.toFixed(2)} ms`;
  write(`${isRight ? '✓' : '✗'} ${title} → ${show(result)}${time}`);
  if (!isRight) {
    failures++;
    write(`  expected ${show(expected)}`);
  }
}

/** Says how it went, and sets the exit code: 0 only if everything was as expected. */
export function finish(): void {
  write(failures === 0 ? '\nAll as expected.' : `\n${failures} not as expected.`);
  process.exitCode = failures === 0 ? 0 : 1;
}

/** Prints one line. */
export function write(line: string): void {
  process.stdout.write(`${line}\n`);
}

function show(value: unknown): string {
  return typeof value === 'bigint' ? `${value}n` : (JSON.stringify(value) ?? 'undefined');
}
