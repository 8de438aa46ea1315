import { setImmediate } from 'node:timers/promises';
import { keptInputs } from './corpus.js';
import { Dice } from './dice.js';
import { LONGEST, mutate } from './mutation.js';
import type { FuzzTarget } from './target.js';

/** How long an input may take, in milliseconds. */
const STALL = 50;

/** From how many milliseconds on an input is tried again, and how often: the machine may be busy. */
const SLOW = 5;
const TRIES = 5;

/** After so many inputs the event loop has its turn. */
const TURN = 256;

/** How many inputs are mutated, and how long those with new outcomes may be that are added, in bytes. */
const MOST_POOLED = 2000;
const LONGEST_POOLED = 2048;

/** How many outcomes are told apart: a stranger may have chosen words of them. */
const MOST_OUTCOMES = 10_000;

/** How much memory may grow after the first tenth of a run, in bytes. */
const GROWTH = 16 * 1024 * 1024;

/** How long a run is: it ends with either. */
export interface FuzzLength {
  readonly inputs: number;
  readonly seconds: number;
}

/** What a target does not take as it should: an input, or all of them. */
export interface FuzzFailure {
  readonly input: Buffer | undefined;
  readonly reason: string;
}

/** How a run went. */
export interface FuzzReport {
  readonly inputs: number;
  readonly seconds: number;
  /** Milliseconds of the slowest input, at its fastest try. */
  readonly slowest: number;
  /** Bytes of memory after the first tenth, and at the end. */
  readonly memory: readonly [number, number];
  readonly outcomes: ReadonlyMap<string, number>;
  readonly failure: FuzzFailure | undefined;
}

/**
 * Runs a target with its kept inputs, its seeds, and mutations of both, until one fails.
 *
 * An input fails where the target throws, or takes longer than 50 ms each of several times. Memory
 * that grows after the first tenth of the run is a failure of them all.
 *
 * @param seed makes the run: the same inputs follow from it
 */
export async function fuzz(
  target: FuzzTarget,
  seed: number,
  { inputs, seconds }: FuzzLength,
): Promise<FuzzReport> {
  const given = [...keptInputs(target.name), ...target.seeds];
  const pool = given.filter((input) => input.length <= LONGEST);
  const outcomes = new Map<string, number>();
  const startedAt = performance.now();
  const progress = (count: number): number =>
    Math.max(count / inputs, (performance.now() - startedAt) / 1000 / seconds);
  let slowest = 0;
  let settled: number | undefined;
  let failure: FuzzFailure | undefined;
  let count = 0;
  for (; !failure && (count < given.length || progress(count) < 1); count++) {
    const input = given[count] ?? mutate(pool, new Dice(seed + count));
    try {
      const { outcome, time } = await attempt(target, input);
      slowest = Math.max(slowest, time);
      const times = outcomes.get(outcome) ?? 0;
      if (times === 0 && input.length <= LONGEST_POOLED && pool.length < MOST_POOLED) {
        pool.push(alone(input));
      }
      if (times > 0 || outcomes.size < MOST_OUTCOMES) {
        outcomes.set(outcome, times + 1);
      }
    } catch (error) {
      failure = { input, reason: (error as Error).stack ?? String(error) };
    }
    if (count % TURN === 0) {
      await setImmediate();
      settled ??= progress(count) >= 0.1 ? memory() : undefined;
    }
  }
  const held = memory();
  settled ??= held;
  if (!failure && held - settled > GROWTH) {
    const reason = `memory has grown from ${settled} to ${held} bytes`;
    failure = { input: undefined, reason };
  }
  return {
    inputs: count,
    seconds: (performance.now() - startedAt) / 1000,
    slowest,
    memory: [settled, held],
    outcomes,
    failure,
  };
}

/** Tries an input, and takes the time of the fastest try. */
async function attempt(
  target: FuzzTarget,
  input: Buffer,
): Promise<{ outcome: string; time: number }> {
  let outcome = '';
  let time = Infinity;
  for (let tries = 0; tries < TRIES && time > SLOW; tries++) {
    const startedAt = performance.now();
    // Awaited only where it must be: that takes longer than most inputs.
    const result = target.run(input);
    outcome = typeof result === 'string' ? result : await result;
    time = Math.min(time, performance.now() - startedAt);
  }
  if (time > STALL) {
    throw new Error(`takes ${time.toFixed(0)} ms, and ${STALL} are allowed`);
  }
  return { outcome, time };
}

/** A copy with memory of its own: one that is kept would keep that of many others. */
function alone(input: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(input.length);
  input.copy(copy);
  return copy;
}

function memory(): number {
  if (!globalThis.gc) {
    throw new Error('run node with --expose-gc');
  }
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
