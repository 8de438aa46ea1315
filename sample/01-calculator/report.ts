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
  check(title, result, performance.now() - startedAt, expected);
}

/** Prints a result and its round-trip time, and notes whether it was as expected. */
export function check(title: string, result: unknown, elapsed: number, expected: unknown): void {
  const isRight = isDeepStrictEqual(result, expected);
  write(`${isRight ? '✓' : '✗'} ${title} → ${show(result)}  ${elapsed.toFixed(2)} ms`);
  if (!isRight) {
    failures++;
    write(`  expected ${show(expected)}`);
  }
}

/** How many steps were not as expected. */
export function countFailures(): number {
  return failures;
}

export function write(line: string): void {
  process.stdout.write(`${line}\n`);
}

function show(value: unknown): string {
  return typeof value === 'bigint' ? `${value}n` : (JSON.stringify(value) ?? 'undefined');
}
