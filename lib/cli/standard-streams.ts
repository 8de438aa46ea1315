import { Logger, type LoggerService } from '@nestjs/common';
import { reasonOf } from '../errors/thrown-text.js';
import { printStatus } from './output.js';

/**
 * Keeps the standard output for results: Nest's loggers write to the standard error. A reader that
 * closes its end (`| head`) ends the command without an error.
 */
export function prepareStandardStreams(): void {
  Logger.overrideLogger(logger);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') {
      throw error;
    }
    process.exit();
  });
  // Without a reader, errors cannot be reported.
  process.stderr.on('error', () => undefined);
}

const quiet = (): void => undefined;

const logger: LoggerService = {
  log: quiet,
  debug: quiet,
  verbose: quiet,
  warn: (message) => printStatus(`warning: ${reasonOf(message)}`),
  error: (message) => printStatus(`error: ${reasonOf(message)}`),
  fatal: (message) => printStatus(`error: ${reasonOf(message)}`),
};
