// Servers and clients by the thousand, on a clock that jumps: `node simulation/main.js [--quick]
// [--seed 1] [--only join] [--processes 2] [--json]`. The same seed leads to the same bytes.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { formatSimulation } from './report/table.js';
import { writeSimulation } from './report/write-simulation.js';
import type { ScenarioResult, SimulationResults } from './results.js';
import { SCENARIOS, type Scenario } from './scenarios.js';

const SCENARIO_PROCESS = fileURLToPath(new URL('scenario-process.js', import.meta.url));

/** Calls in flight outlive small collections, which are costly then. */
const EXEC_ARGUMENTS = ['--max-semi-space-size=64', '--max-old-space-size=4096'];

/** Sizes of sites. */
const FULL = { servers: 1000, clients: 10_000 };
const QUICK = { servers: 100, clients: 1000 };

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    processes: { type: 'string', default: String(availableParallelism()) },
    json: { type: 'boolean', default: false },
  },
});
const size = values.quick ? QUICK : FULL;
const chosen = SCENARIOS.filter(({ name, isLong = false }) =>
  values.only === undefined ? !(isLong && values.quick) : name === values.only,
);
const scenarios = await runAll(chosen, Number(values.processes));
const results: SimulationResults = { seed: values.seed, size, scenarios };
if (values.json) {
  process.stdout.write(`${JSON.stringify(results)}\n`);
} else {
  process.stdout.write(formatSimulation(results));
}
if (!values.quick && values.only === undefined) {
  process.stdout.write(`${(await writeSimulation(results)).join('\n')}\n`);
}

/** Runs scenarios, so many at a time. */
async function runAll(
  all: readonly Scenario[],
  processes: number,
): Promise<readonly ScenarioResult[]> {
  const ended: ScenarioResult[] = [];
  const left = [...all.entries()];
  const runNext = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const [index, scenario] = next;
      ended[index] = await run(scenario);
    }
  };
  await Promise.all(Array.from({ length: processes }, runNext));
  return ended;
}

/** Runs a scenario in a process of its own, which has nothing left of another. */
async function run({ name }: Scenario): Promise<ScenarioResult> {
  const args = [name, size.servers, size.clients, values.seed].map(String);
  const child = fork(SCENARIO_PROCESS, args, { execArgv: EXEC_ARGUMENTS });
  const ended = once(child, 'exit');
  const [result] = (await Promise.race([once(child, 'message'), ended])) as [
    ScenarioResult | number,
  ];
  await ended;
  if (typeof result !== 'object') {
    throw new Error(`the scenario '${name}' has failed`);
  }
  return result;
}
