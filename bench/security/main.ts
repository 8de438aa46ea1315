// What security costs whole Nest apps: `node security/main.js [--rounds 5] [--duration 500]`, the latter in milliseconds
// of each measurement.
import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { showProgress } from '../progress.js';
import { runRounds } from '../run-rounds.js';
import { CASES, PAIRS } from './cases.js';
import { formatSecurity } from './table.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    duration: { type: 'string', default: '500' },
  },
});
const plan = {
  cases: CASES,
  transports: PAIRS.flatMap(({ plain, secured }) => [plain, secured]),
  rounds: Number(values.rounds),
  duration: Number(values.duration),
};
process.stdout.write(formatSecurity(await runRounds(plan, showProgress())));
