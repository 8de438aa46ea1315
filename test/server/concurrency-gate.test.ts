import { beforeEach, describe, expect, it } from 'vitest';
import { ConcurrencyGate } from '../../lib/server/calls/concurrency-gate.js';

let started: number[];
let waiting: number[];
/** Is called with each task that starts. */
let onStart: (task: number) => void;

beforeEach(() => {
  started = [];
  waiting = [];
  onStart = () => undefined;
});

function gateOf(limit: number): ConcurrencyGate<number> {
  return new ConcurrencyGate<number>(
    limit,
    { isEmpty: () => waiting.length === 0, take: () => waiting.shift() },
    (task) => {
      started.push(task);
      onStart(task);
    },
  );
}

/** Lets tasks enter where they may, and has the others wait. */
function enter(gate: ConcurrencyGate<number>, ...tasks: number[]): void {
  for (const task of tasks) {
    if (gate.isFree) {
      gate.enter(task);
    } else {
      waiting.push(task);
    }
  }
}

describe('a gate', () => {
  it('starts as many tasks as it has slots, and the others in their turn', async () => {
    const gate = gateOf(2);
    enter(gate, 0, 1, 2, 3);
    expect(started).toEqual([0, 1]);
    gate.leave();
    await expect.poll(() => started).toEqual([0, 1, 2]);
    gate.leave();
    gate.leave();
    await expect.poll(() => started).toEqual([0, 1, 2, 3]);
    expect(gate.isFree).toBe(true);
  });

  it('is always free where it has no limit', () => {
    const gate = gateOf(0);
    enter(gate, ...Array.from({ length: 1000 }, (_, task) => task));
    gate.leave();
    expect(started.length).toBe(1000);
    expect(gate.isFree).toBe(true);
  });

  it('lets the event loop turn before those that wait get slots', async () => {
    const gate = gateOf(1);
    enter(gate, 0, 1);
    gate.leave();
    expect(started).toEqual([0]);
    await new Promise((resolve) => process.nextTick(resolve));
    expect(started).toEqual([0]);
    await expect.poll(() => started).toEqual([0, 1]);
  });

  it('never starts what does not wait any more', async () => {
    const gate = gateOf(1);
    enter(gate, 0, 1, 2);
    gate.leave();
    waiting.length = 0;
    await expect.poll(() => gate.isFree).toBe(true);
    expect(started).toEqual([0]);
  });

  it('starts any number of tasks that end at once', async () => {
    const gate = gateOf(1);
    const tasks = Array.from({ length: 10_000 }, (_, task) => task);
    enter(gate, ...tasks);
    onStart = () => gate.leave();
    gate.leave();
    await expect.poll(() => gate.isFree).toBe(true);
    expect(started).toEqual(tasks);
  });

  it('starts a task that comes while a slot is passed on after those that waited before', async () => {
    const gate = gateOf(1);
    enter(gate, 0, 1);
    onStart = () => gate.leave();
    gate.leave();
    enter(gate, 2);
    await expect.poll(() => started).toEqual([0, 1, 2]);
  });
});
