import { expect, test } from 'vitest';
import { isNest11 } from '../support/nest-version.js';

test('the tests run with the NestJS that they are meant for', () => {
  expect(isNest11).toBe(process.env['NEST_MAJOR'] === '11');
});
