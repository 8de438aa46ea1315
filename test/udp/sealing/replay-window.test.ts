import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReplayWindow, WINDOW } from '../../../lib/nodes/udp/sealing/replay-window.js';

describe('a replay window', () => {
  it('takes each counter once, unless it is too old, whatever the order', () => {
    const step = fc.oneof(
      fc.integer({ min: -40, max: 40 }),
      fc.integer({ min: -1100, max: 1100 }),
      fc.integer({ min: 0, max: 5000 }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3000 }), fc.array(step), (from, steps) => {
        const window = new ReplayWindow(from);
        const seen = new Set<number>();
        let highest = from - 1;
        for (const each of steps) {
          const counter = Math.max(0, highest + each);
          const isFresh = counter >= from && counter > highest - WINDOW && !seen.has(counter);
          expect(window.isFresh(counter)).toBe(isFresh);
          if (isFresh) {
            window.take(counter);
            seen.add(counter);
            highest = Math.max(highest, counter);
            expect(window.isFresh(counter)).toBe(false);
          }
        }
      }),
    );
  });

  it('begins after a given counter', () => {
    const window = new ReplayWindow(5000);

    expect(window.isFresh(4999)).toBe(false);
    expect(window.isFresh(5000)).toBe(true);
  });

  it('takes the last counter there is', () => {
    const window = new ReplayWindow();
    window.take(0xffff_ffff);

    expect(window.isFresh(0xffff_ffff)).toBe(false);
    expect(window.isFresh(0xffff_fffe)).toBe(true);
    expect(window.isFresh(0xffff_ffff - WINDOW)).toBe(false);
  });
});
