import { describe, expect, it } from 'vitest';
import { runFixture } from './processes.js';

describe("a process outlives the user's code that throws, and its call has its answer", () => {
  it.each([
    ['end hook, value', 'value 1', 'end hook'],
    ['end hook, error', 'error Internal server error', 'of the handler, end hook'],
    ['end hook, observable', 'value 1', 'end hook'],
    ['end hook, iterable', 'value 2', 'end hook'],
    ['end hook, closed iterable', 'value 1', 'end hook'],
    ['end hook, event', 'sent', 'end hook'],
    ['end hook, joint event', 'sent', 'end hook'],
    ['end hook, rejects', 'value 1', 'end hook'],
    ['start hook, after the handler', 'value 1', 'start hook'],
    ['listener, rejects', 'value 1', 'listener'],
    [
      'stream of what cannot be read',
      expect.stringMatching('^error the result cannot be encoded: '),
      expect.stringMatching("^'run': "),
    ],
    ['thrown without a text', 'error Internal server error', expect.any(String)],
  ])('%s', async (name, answer, logged) => {
    const { code, output } = await runFixture('throwing-code.mjs', name);
    expect(output.split('\n')).toEqual([answer, 'alive', logged, '']);
    expect(code).toBe(0);
  });
});
