import { describe, expect, it } from 'vitest';
import { Admission, type AdmissionLimits } from '../../../lib/nodes/zmtp/admission.js';

const FEW: AdmissionLimits = { maxConnections: 4, maxConnectionsPerAddress: 3, maxHandshakes: 3 };

/** An admission of guests that are named by their address and a letter, as in `10.0.0.1 a`. */
function admission(limits: Partial<AdmissionLimits> = {}) {
  const gone: string[] = [];
  const door = new Admission<string>({ ...FEW, ...limits }, (guest) => gone.push(guest));
  const enter = (guest: string): boolean => door.enter(guest, guest.split(' ')[0]);
  const settle = (guest: string): void => {
    enter(guest);
    door.established(guest);
  };
  return { door, gone, enter, settle };
}

describe('a connection that comes where there is no room', () => {
  it('takes the place of the oldest that is shaking hands', () => {
    const { gone, enter } = admission();
    const entered = ['1 a', '2 b', '3 c', '4 d'].map(enter);
    expect(entered).toEqual([true, true, true, true]);
    expect(gone).toEqual(['1 a']);
  });

  it('takes the place of one of its own address where that has too many', () => {
    const { gone, enter } = admission({ maxHandshakes: 10, maxConnections: 10 });
    ['2 x', '1 a', '1 b', '1 c', '1 d'].forEach(enter);
    expect(gone).toEqual(['1 a']);
  });

  it('is refused where all have shaken hands', () => {
    const { gone, enter, settle } = admission();
    ['1 a', '2 b', '3 c', '4 d'].forEach(settle);
    expect(enter('5 e')).toBe(false);
    expect(gone).toEqual([]);
  });

  it('is refused where all of its address have shaken hands, and another is not', () => {
    const { gone, enter, settle } = admission();
    ['1 a', '1 b', '1 c'].forEach(settle);
    expect([enter('1 d'), enter('2 e')]).toEqual([false, true]);
    expect(gone).toEqual([]);
  });

  it('enters where another has left', () => {
    const { door, enter, settle } = admission();
    ['1 a', '1 b', '1 c'].forEach(settle);
    door.leave('1 b');
    expect([enter('1 d'), enter('1 e')]).toEqual([true, true]);
  });
});

it('a connection that gave way is counted no more when it ends', () => {
  const { door, gone, enter } = admission();
  ['1 a', '1 b', '1 c', '1 d'].forEach(enter);
  door.leave('1 a');
  expect(gone).toEqual(['1 a']);
  enter('1 e');
  expect(gone).toEqual(['1 a', '1 b']);
});

it('connections without an address have only the limits of all', () => {
  const { door, gone } = admission({ maxHandshakes: 10 });
  const entered = ['a', 'b', 'c', 'd', 'e'].map((guest) => door.enter(guest, undefined));
  expect(entered).toEqual([true, true, true, true, true]);
  expect(gone).toEqual(['a']);
});
