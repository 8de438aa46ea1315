import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { SimulationResults } from '../results.js';
import { drawScenario } from './scenario-chart.js';

const FOLDER = new URL('../../../../bench/results/', import.meta.url);

/**
 * Writes the results and a chart of each scenario into `bench/results`.
 *
 * @returns the paths of what it wrote
 */
export async function writeSimulation(results: SimulationResults): Promise<string[]> {
  await mkdir(FOLDER, { recursive: true });
  const json = new URL('simulation.json', FOLDER);
  await writeFile(json, `${JSON.stringify(results, rounded)}\n`);
  const charts = results.scenarios.map(async (result) => {
    const chart = new URL(`simulation-${result.name}.svg`, FOLDER);
    await writeFile(chart, drawScenario(result, results.size));
    return chart;
  });
  return [json, ...(await Promise.all(charts))].map((file) => fileURLToPath(file));
}

/** Four digits are enough to plot, and to compare. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value)
    ? Number(value.toPrecision(4))
    : value;
}
