// One scenario in a process of its own, since it takes the time of the process:
// `node scenario-process.js <name> <servers> <clients> <seed>` sends the result to its parent.
import { runScenario } from './run-scenario.js';
import { SCENARIOS, type Scenario } from './scenarios.js';

const [name, servers, clients, seed] = process.argv.slice(2);
const scenario = SCENARIOS.find((one) => one.name === name) as Scenario;
const size = { servers: Number(servers), clients: Number(clients) };
const result = await runScenario(scenario, size, seed as string);
process.send?.(result, () => process.exit());
