import { describe, expect, it } from 'vitest';
import { parsePlan } from '../../bench/arguments.js';
import { CASES } from '../../bench/cases.js';
import { FLOORS, floorsOf } from '../../bench/floors.js';

const namesOf = (...args: string[]) => parsePlan(args)?.cases.map(({ name }) => name);

describe('the plan of a benchmark', () => {
  it('has every case in a full run', () => {
    expect(namesOf('--full')).toEqual(CASES.map(({ name }) => name));
  });

  it('leaves out of a quick run what takes long', () => {
    expect(namesOf()).toContain('events-only');
    expect(namesOf()).not.toContain('memory-256');
  });

  it('has a case that is named, whatever run it belongs to', () => {
    expect(namesOf('--only', 'memory')).toEqual(['memory-256']);
  });

  it('has the floors of what it measures', () => {
    const plan = parsePlan(['--only', 'events-only', '--transports', 'tcp-string,net'])!;
    expect(floorsOf(plan).map(({ transport, metric }) => [transport, metric])).toEqual([
      ['net', 'rate'],
      ['net', 'lost'],
    ]);
  });
});

describe('a floor', () => {
  it.each(FLOORS)(
    'of $caseName, $metric, $transport is of something measured',
    ({ caseName, metric, transport, against }) => {
      const measured = CASES.find(({ name }) => name === caseName);
      expect(measured?.metrics).toContain(metric);
      expect(measured?.without ?? []).not.toContain(transport);
      expect(measured?.without ?? []).not.toContain(against);
    },
  );
});
