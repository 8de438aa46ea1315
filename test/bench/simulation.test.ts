import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ScenarioResult, SimulationResults } from '../../bench/simulation/results.js';
import { COMPILER } from '../support/compiler.js';
import { ROOT } from '../support/root.js';

const run = promisify(execFile);
const pathOf = (name: string): string => fileURLToPath(new URL(name, ROOT));

/** What a quick run writes. */
async function simulate(...args: string[]): Promise<string> {
  const main = pathOf('dist-simulation/bench/simulation/main.js');
  const options = { maxBuffer: 64 * 1024 * 1024 };
  return (await run(process.execPath, [main, '--quick', '--json', ...args], options)).stdout;
}

let scenarios: ReadonlyMap<string, ScenarioResult>;

function resultOf(name: string): ScenarioResult {
  return scenarios.get(name)!;
}

beforeAll(async () => {
  await run(process.execPath, [COMPILER, '-p', pathOf('tsconfig.simulation.json')]);
  const results = JSON.parse(await simulate()) as SimulationResults;
  scenarios = new Map(results.scenarios.map((result) => [result.name, result]));
}, 300_000);

describe('100 simulated servers and 1,000 clients', () => {
  it('go the same way each time with the same seed', async () => {
    const [one, other, third] = await Promise.all([
      simulate('--only', 'killed'),
      simulate('--only', 'killed'),
      simulate('--only', 'killed', '--seed', '2'),
    ]);
    expect(one).toBe(other);
    expect(one).not.toBe(third);
  }, 120_000);

  it('make calls in all scenarios', () => {
    for (const { calls } of scenarios.values()) {
      expect(calls).toBeGreaterThan(10_000);
    }
  });

  it('have 20 links a client, whatever happens', () => {
    for (const { links } of scenarios.values()) {
      expect(links).toEqual({ least: 20, mean: 20, most: 20 });
    }
  });

  it('are loaded about evenly', () => {
    const { withinTenth, least, most } = resultOf('steady').spread!;
    expect(withinTenth).toBeGreaterThan(0.9);
    expect(least).toBeGreaterThan(0.8);
    expect(most).toBeLessThan(1.2);
  });

  it.each(['steady', 'join', 'leave', 'slow'])('lose no call: %s', (name) => {
    expect(resultOf(name).failed).toEqual({ once: 0, idempotent: 0 });
  });

  it('give servers that join their share, step by step', () => {
    const shares = resultOf('join').loads.flatMap(({ group }) => group ?? []);
    expect(shares[0]).toBeLessThan(0.8);
    expect(shares.at(-1)).toBeGreaterThan(0.85);
  });

  it('give slow servers fewer calls', () => {
    expect(resultOf('slow').loads.at(-1)!.group).toBeLessThan(0.9);
  });

  it('lose the calls in flight that are not idempotent when servers are killed', () => {
    const { failed, recovery } = resultOf('killed');
    expect(failed.once).toBeGreaterThan(0);
    expect(failed.idempotent).toBe(0);
    expect(recovery).toBeLessThan(1);
  });

  it.each(['lost', 'zone'])('have recovered once the leases are over: %s', (name) => {
    expect(resultOf(name).failed.once).toBeGreaterThan(0);
    expect(resultOf(name).recovery).toBeLessThan(10.1);
  });

  it('go on with what they know while etcd is down, and catch up', () => {
    const { failed, steps, loads } = resultOf('outage');
    const joined = loads.map(({ group = 0 }) => group);
    const isOver = loads.findIndex(({ at }) => at >= steps.at(-1)!);
    expect(failed.idempotent).toBe(0);
    expect(failed.once).toBeLessThan(20);
    expect(Math.max(...joined.slice(0, isOver))).toBe(0);
    expect(joined.at(-1)).toBeGreaterThan(0.5);
  });
});
