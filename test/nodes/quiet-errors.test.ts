import { beforeEach, describe, expect, it } from 'vitest';
import type { RemoteErrorCode } from '../../lib/errors/error-codes.js';
import { RemoteCallError } from '../../lib/errors/remote-call.error.js';
import { QuietErrors } from '../../lib/nodes/quiet-errors.js';

describe('errors that occur again and again', () => {
  let now: number;
  let reports: string[];
  let errors: QuietErrors;
  const add = (message: string, code: RemoteErrorCode = 'UNAVAILABLE'): void =>
    errors.add(new RemoteCallError(message, {}, { code }));

  beforeEach(() => {
    now = 0;
    reports = [];
    errors = new QuietErrors(
      ({ message }) => reports.push(message),
      () => now,
    );
  });

  it('are reported once within ten seconds', () => {
    for (now = 0; now < 10_000; now += 100) {
      add('refused');
    }
    expect(reports).toEqual(['refused']);
  });

  it('are reported again after that, with how many were not', () => {
    add('refused');
    add('refused');
    add('hung up');
    now = 10_000;
    add('refused');
    expect(reports).toEqual(['refused', 'refused (and 2 times before)']);
  });

  it('are reported at once where their code is another one', () => {
    add('hung up');
    add('not allowed', 'UNAUTHENTICATED');
    add('hung up');
    expect(reports).toEqual(['hung up', 'not allowed']);
  });
});
