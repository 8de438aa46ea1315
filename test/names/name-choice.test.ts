import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseAddress } from '../../lib/nodes/address.js';
import { NameChoice, type NameUse } from '../../lib/discovery/names/name-choice.js';

const IPV4 = ['tcp://10.0.0.1:1', 'tcp://10.0.0.2:1'];
const IPV6 = ['tcp://[fd00::2]:1'];
const BOTH = ['10.0.0.2', 'fd00::2', '10.0.0.1'];

/** Longer than any pause of a choice. */
const LONG = 10_000;

/** How often another group had its turn. */
let turns: number;

beforeEach(() => {
  turns = 0;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});

afterEach(() => {
  vi.useRealTimers();
});

function choose(use: NameUse, ips: readonly string[] = BOTH): NameChoice {
  const choice = new NameChoice(parseAddress('tcp://a.test:1'), use, () => turns++);
  choice.found(ips);
  return choice;
}

/** No address of the present group can be reached. */
function failAll(choice: NameChoice): void {
  choice.texts.forEach((text) => choice.unreachable(text));
}

describe('a name', () => {
  it('stands for all its addresses, whatever can be reached', () => {
    const choice = choose('all');
    failAll(choice);
    vi.advanceTimersByTime(LONG);
    expect(choice.texts).toEqual([...IPV4, ...IPV6]);
    expect(turns).toBe(0);
  });

  it('stands for the other family where no address of the first can be reached, and back', () => {
    const choice = choose('family');
    expect(choice.texts).toEqual(IPV4);
    failAll(choice);
    expect(choice.texts).toEqual(IPV4);
    vi.advanceTimersByTime(LONG);
    expect(choice.texts).toEqual(IPV6);
    failAll(choice);
    vi.advanceTimersByTime(LONG);
    expect(choice.texts).toEqual(IPV4);
    expect(turns).toBe(2);
  });

  it('stays with a family of which one address is reached', () => {
    const choice = choose('family');
    choice.unreachable(IPV4[0]!);
    choice.reached(IPV4[0]!);
    choice.unreachable(IPV4[1]!);
    vi.advanceTimersByTime(LONG);
    expect(choice.texts).toEqual(IPV4);
  });

  it('stays with a family that is reached just before the other has its turn', () => {
    const choice = choose('family');
    failAll(choice);
    choice.reached(IPV4[0]!);
    vi.advanceTimersByTime(LONG);
    expect(choice.texts).toEqual(IPV4);
  });

  it('stands for one address at a time, in the order of the system', () => {
    const choice = choose('one');
    const seen = Array.from({ length: 4 }, () => {
      const { texts } = choice;
      failAll(choice);
      vi.advanceTimersByTime(LONG);
      return texts;
    });
    expect(seen).toEqual([[IPV4[1]], IPV6, [IPV4[0]], [IPV4[1]]]);
  });

  it('keeps its address while it has it, whatever comes first', () => {
    const choice = choose('one');
    choice.found(BOTH.toReversed());
    expect(choice.texts).toEqual([IPV4[1]]);
    choice.found(['10.0.0.1']);
    expect(choice.texts).toEqual([IPV4[0]]);
  });

  it('goes on ever more slowly while nothing can be reached', () => {
    const choice = choose('family');
    const pauses = Array.from({ length: 12 }, () => {
      failAll(choice);
      const before = turns;
      let pause = 0;
      for (; turns === before; pause++) {
        vi.advanceTimersByTime(1);
      }
      return pause;
    });
    expect(pauses[0]).toBeLessThan(50);
    expect(pauses.at(-1)).toBeGreaterThan(1000);
  });

  it('has no other turn once it is closed', () => {
    const choice = choose('family');
    failAll(choice);
    choice.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});
