import { Logger } from '@nestjs/common';
import { onTestFinished } from 'vitest';

/** Collects the warnings of Nest's logger until the test has finished. */
export function collectWarnings(): string[] {
  const warnings: string[] = [];
  const ignore = (): void => undefined;
  Logger.overrideLogger({
    log: ignore,
    error: ignore,
    warn: (message: unknown) => void warnings.push(String(message)),
  });
  onTestFinished(() => Logger.overrideLogger(false));
  return warnings;
}
