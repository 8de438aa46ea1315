import { beforeEach, describe, expect, it } from 'vitest';
import { ConcurrencyGate, type GateLevel } from '../../lib/server/calls/concurrency-gate.js';

/** How many tasks wait before a gate is crowded. */
const READ_AHEAD = 128;

let started: number[];
let levels: GateLevel[];
/** Is called with each task that starts. */
let onStart: (task: number) => void;

beforeEach(() => {
  started = [];
  levels = [];
  onStart = () => undefined;
});

function gateOf(limit: number): ConcurrencyGate<number> {
  return new ConcurrencyGate<number>(
    limit,
    (task) => {
      started.push(task);
      onStart(task);
    },
    (level) => void levels.push(level),
  );
}

function enter(gate: ConcurrencyGate<number>, count: number): void {
  for (let task = 0; task < count; task++) {
    gate.enter(task);
  }
}

describe('a gate', () => {
  it('starts as many tasks as it has slots, and the others in their turn', () => {
    const gate = gateOf(2);
    enter(gate, 4);
    expect(started).toEqual([0, 1]);
    gate.leave();
    expect(started).toEqual([0, 1, 2]);
    gate.leave();
    gate.leave();
    expect(started).toEqual([0, 1, 2, 3]);
  });

  it('starts all tasks at once where it has no limit, and is always free', () => {
    const gate = gateOf(0);
    enter(gate, 1000);
    gate.leave();
    expect(started.length).toBe(1000);
    expect(levels).toEqual([]);
  });

  it('reports when it is full, crowded and free again', () => {
    const gate = gateOf(1);
    enter(gate, 1 + READ_AHEAD);
    expect(levels).toEqual(['full', 'crowded']);
    gate.leave();
    expect(levels).toEqual(['full', 'crowded', 'full']);
    gate.clear();
    gate.leave();
    expect(levels).toEqual(['full', 'crowded', 'full', 'free']);
  });

  it('never starts what was taken out', () => {
    const gate = gateOf(1);
    enter(gate, 3);
    expect(gate.clear()).toEqual([1, 2]);
    gate.leave();
    expect(started).toEqual([0]);
  });

  it('starts any number of tasks that end at once', () => {
    const gate = gateOf(1);
    enter(gate, 100_000);
    onStart = () => gate.leave();
    gate.leave();
    expect(started.length).toBe(100_000);
    expect(levels.at(-1)).toBe('free');
  });

  it('starts a task that enters while others start after those that waited before', () => {
    const gate = gateOf(1);
    enter(gate, 3);
    onStart = (task) => {
      if (task === 1) {
        gate.enter(3);
      }
    };
    gate.leave();
    gate.leave();
    gate.leave();
    expect(started).toEqual([0, 1, 2, 3]);
  });
});
