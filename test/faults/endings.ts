import { RemoteCallError, type RemoteClient } from 'nestjs-remote';
import { expect } from 'vitest';

/** How a caller's work ended, with the values that came before. */
export interface Ending {
  readonly values: readonly unknown[];
  readonly error?: unknown;
}

/** The values of a stream and its end; a call has one value. */
export function endingOf(client: RemoteClient, method: string, data: unknown): Promise<Ending> {
  const values: unknown[] = [];
  return new Promise((resolve) => {
    client.send<unknown>(method, data).subscribe({
      next: (value) => values.push(value),
      complete: () => resolve({ values }),
      error: (error: unknown) => resolve({ values, error }),
    });
  });
}

/** The end of an event. */
export function emittedBy(client: RemoteClient, event: string, data: unknown): Promise<Ending> {
  return new Promise((resolve) => {
    client.emit(event, data).subscribe({
      complete: () => resolve({ values: [] }),
      error: (error: unknown) => resolve({ values: [], error }),
    });
  });
}

/**
 * Expects all that was promised, or some of it with an error that says what happened: in order, and
 * nothing twice. A router may lose values of a stream that goes on after its link is back.
 */
export function expectPromised(ending: Ending, values: readonly unknown[]): void {
  if (ending.error === undefined) {
    expect(ending.values).toEqual(values);
    return;
  }
  expect(ending.values).toEqual(values.filter((value) => ending.values.includes(value)));
  expectToldError(ending.error);
}

/** Expects an error of a fault, in words. */
export function expectToldError(error: unknown): void {
  expect(error).toBeInstanceOf(RemoteCallError);
  const { code, message } = error as RemoteCallError;
  expect(['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'DATA_LOSS']).toContain(code);
  expect(message).toMatch(/\w+ \w+/);
}
