import { expect, test } from 'vitest';
import { NEST_MAJOR } from '../support/nest-version.js';

test('the tests run with the NestJS that they are meant for', () => {
  expect(NEST_MAJOR).toBe(Number(process.env['NEST_MAJOR'] ?? 12));
});
