import { expect } from 'vitest';

/** Checks that an option is refused with its name, its value and a remedy. */
export function expectRefused(resolve: () => unknown, option: string, remedy: RegExp): void {
  expect(resolve).toThrow(
    expect.objectContaining({
      name: 'RemoteCallError',
      code: 'INVALID_ARGUMENT',
      origin: 'local',
      message: expect.stringMatching(new RegExp(`^option ${option}: .+ cannot be used; .+`)),
      context: expect.objectContaining({ option }),
    }),
  );
  expect(resolve).toThrow(remedy);
}
