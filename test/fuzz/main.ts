// Feeds damaged bytes to all that takes bytes of strangers: `npm run fuzz -- [--seconds 60] [--inputs 5000000]
// [--seed 1] [--target codec]`. Ends with code 1 where one fails, and keeps its input.
import { parseArgs } from 'node:util';
import { keepInput } from './corpus.js';
import { type FuzzReport, fuzz } from './fuzzer.js';
import { TARGETS } from './targets.js';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string' },
    inputs: { type: 'string' },
    seed: { type: 'string' },
    target: { type: 'string' },
  },
});

const names = values.target === undefined ? Object.keys(TARGETS) : [values.target];
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const share = (given: string | undefined, otherwise: number): number =>
  given === undefined ? otherwise : Number(given) / names.length;
const length = {
  inputs: share(values.inputs, Infinity),
  seconds: share(values.seconds ?? (values.inputs === undefined ? '60' : undefined), Infinity),
};

process.stdout.write(`seed ${seed}\n`);
for (const name of names) {
  const open = TARGETS[name];
  if (!open) {
    throw new Error(`--target '${name}': there are ${Object.keys(TARGETS).join(', ')}`);
  }
  const target = await open();
  const report = await fuzz(target, seed, length);
  await target.close?.();
  process.stdout.write(`${describe(name, report)}\n`);
  if (report.failure) {
    const { input, reason } = report.failure;
    const kept = input ? `${keepInput(name, input)}: ` : '';
    process.stdout.write(`${kept}${reason}\n`);
    process.exitCode = 1;
  }
}

function describe(
  name: string,
  { inputs, seconds, slowest, memory, outcomes }: FuzzReport,
): string {
  const [before, after] = memory.map((bytes) => (bytes / 1024 / 1024).toFixed(1));
  return (
    `${name}: ${inputs.toLocaleString('en')} inputs in ${seconds.toFixed(0)} s, ` +
    `${outcomes.size} outcomes, the slowest ${slowest.toFixed(1)} ms, ` +
    `memory ${before} MiB, then ${after} MiB`
  );
}
