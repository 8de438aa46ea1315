import { reasonOf } from '../errors/thrown-text.js';

/** A log that takes whatever was thrown. Nest's `Logger` is one. */
export interface ErrorLogger {
  error(message: unknown): void;
}

/** Logs what the user's code has thrown: its text alone where the logger cannot read the rest. */
export function logThrown(logger: ErrorLogger, thrown: unknown): void {
  try {
    logger.error(thrown);
  } catch {
    logger.error(reasonOf(thrown));
  }
}
