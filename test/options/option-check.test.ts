import { describe, expect, it } from 'vitest';
import { optionError } from '../../lib/errors/option-error.js';
import * as check from '../../lib/options/option-check.js';
import { expectRefused } from './wrong-option.js';

describe('a wrong option', () => {
  it.each([
    ['x', '"x"'],
    [[1], '[1]'],
    [undefined, 'undefined'],
    [Number.NaN, 'NaN'],
    [5n, '5'],
    [Symbol('id'), 'Symbol(id)'],
  ])('is shown with its value: %s', (value, shown) => {
    expect(optionError('x', value, 'y').message).toBe(`option x: ${shown} cannot be used; y`);
  });

  it('shows a value that JSON cannot write', () => {
    const circular: { self?: unknown } = {};
    circular.self = circular;
    expect(optionError('x', circular, 'y').context['value']).toBe(circular);
    expect(optionError('x', { size: 5n }, 'y').code).toBe('INVALID_ARGUMENT');
  });
});

describe('milliseconds', () => {
  it.each([0, 0.5, 0x7fff_ffff])('may be %d', (value) => {
    expect(check.milliseconds('timeout', value, 1)).toBe(value);
  });

  it('are the default where they are left out', () => {
    expect(check.milliseconds('timeout', undefined, 1)).toBe(1);
  });

  it.each([-1, Number.NaN, Infinity, 0x8000_0000, '5', null])('cannot be %s', (value) => {
    expectRefused(
      () => check.milliseconds('timeout', value as never, 1),
      'timeout',
      /milliseconds from 0/,
    );
  });
});

describe('texts', () => {
  it('may be one text', () => expect(check.texts('bind', 'a')).toEqual(['a']));
  it('may be a list', () => expect(check.texts('bind', ['a', 'b'])).toEqual(['a', 'b']));
  it('may be left out', () => expect(check.texts('bind', undefined)).toBeUndefined());

  it.each([[[]], [7], [['a', 7]], [null], [{}]])('cannot be %j', (value) => {
    expectRefused(() => check.texts('bind', value as never), 'bind', /a text or a list of texts/);
  });
});

describe('a routing id', () => {
  it.each(['a', Uint8Array.of(1), 'x'.repeat(255)])('may be %s', (value) => {
    expect(check.routingId('identity', value)).toEqual(Buffer.from(value));
  });

  it.each(['', '\0a', 'x'.repeat(256), new Uint8Array(), 7, null])('cannot be %s', (value) => {
    expectRefused(() => check.routingId('identity', value as never), 'identity', /1 to 255 bytes/);
  });
});

describe('other options', () => {
  it('that are switches take true and false only', () => {
    expect(check.boolean('extension', false)).toBe(false);
    expectRefused(() => check.boolean('extension', 'no' as never), 'extension', /true or false/);
  });

  it('that are words take those only', () => {
    expect(check.oneOf('a', 'b')('socket', 'b')).toBe('b');
    expectRefused(() => check.oneOf('a', 'b')('socket', 'c' as never), 'socket', /one of 'a', 'b'/);
  });

  it.each([[null], [[]], ['x']])('that are objects cannot be %j', (value) => {
    expectRefused(
      () => check.record('socketOptions', value as never),
      'socketOptions',
      /give an object/,
    );
  });

  it('that are unknown are refused with the names that there are', () => {
    expectRefused(() => check.checkNames({ bnd: 1 }, ['bind']), 'bnd', /there are bind/);
  });

  it('that are unknown and undefined are left out', () => {
    expect(() => check.checkNames({ bnd: undefined }, ['bind'])).not.toThrow();
  });

  it.each([undefined, null, 'tcp://x:1'])('must come in an object, not %s', (options) => {
    expect(() => check.checkNames(options, ['bind'])).toThrow(
      /^options must be an object with any of bind$/,
    );
  });
});
