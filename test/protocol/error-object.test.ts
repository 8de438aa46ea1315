import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toErrorObject, toWireError } from '../../lib/protocol/error-object.js';

describe('an error on its way out', () => {
  it.each([
    ['an object with a message', { message: 'm', status: 's' }, 'm', { status: 's' }],
    ['an object without', { status: 's' }, '', { status: 's' }],
    ['an object with an empty message', { message: '' }, '', { message: '' }],
    ['an object whose message is no text', { message: 7 }, '', { message: 7 }],
    [
      'an object without a prototype',
      Object.assign(Object.create(null), { message: 'm' }),
      'm',
      {},
    ],
  ])('of %s is its message and the rest', (_, error, message, context) => {
    expect(toWireError(error)).toEqual({ message, context });
  });

  it.each([
    ['text', 'no', 'no'],
    ['a number', 7, '7'],
    ['nothing', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a list', [1, 2], '1,2'],
    ['what has no text', [Object.create(null)], '[object Array]'],
  ])('of %s is its text, with the exact value beside it', (_, error, message) => {
    expect(toWireError(error)).toEqual({ message, context: {}, exact: { value: error } });
  });

  it('carries a code that is one of this package as a code too', () => {
    expect(toWireError({ message: 'm', code: 'PERMISSION_DENIED' })).toEqual({
      message: 'm',
      context: { code: 'PERMISSION_DENIED' },
      code: 'PERMISSION_DENIED',
    });
  });

  it('leaves any other code in the context alone', () => {
    expect(toWireError({ message: 'm', code: 'E42' })).toEqual({
      message: 'm',
      context: { code: 'E42' },
    });
  });
});

describe('an error from the wire', () => {
  it('is the context with the message', () => {
    expect(toErrorObject({ message: 'm', context: { method: 'x' } })).toEqual({
      message: 'm',
      method: 'x',
    });
  });

  it('equals the plain object that it was made of', () => {
    const member = fc.oneof(fc.constantFrom('message', 'code', 'status'), fc.string());
    fc.assert(
      fc.property(fc.dictionary(member, fc.jsonValue(), { noNullPrototype: true }), (error) => {
        expect(toErrorObject(toWireError(error))).toEqual(error);
      }),
    );
  });
});
