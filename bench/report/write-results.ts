import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { drawChart } from './chart.js';
import type { Results } from './results.js';

const FOLDER = new URL('../../bench/results/', import.meta.url);

/**
 * Writes the results and their chart into `bench/results`.
 *
 * @param name of both files, without what they end in
 * @returns the paths of what it wrote
 */
export async function writeResults(name: string, results: Results): Promise<string[]> {
  await mkdir(FOLDER, { recursive: true });
  const json = new URL(`${name}.json`, FOLDER);
  const chart = new URL(`${name}.svg`, FOLDER);
  await writeFile(json, `${JSON.stringify(results, rounded, 2)}\n`);
  await writeFile(chart, drawChart(results));
  return [json, chart].map((file) => fileURLToPath(file));
}

/** Four digits are more than a measurement is worth. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value)
    ? Number(value.toPrecision(4))
    : value;
}
