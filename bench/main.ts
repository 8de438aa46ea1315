import 'reflect-metadata';
import { type Plan, USAGE, parsePlan } from './arguments.js';
import { showProgress } from './progress.js';
import { measureBareSockets } from './bare-sockets.js';
import { formatBareSockets } from './report/bare-sockets-line.js';
import { formatFloors } from './report/floor-list.js';
import { summarize } from './report/results.js';
import { formatRouter } from './report/router-list.js';
import { formatTable } from './report/table.js';
import { writeResults } from './report/write-results.js';
import { measureRouters } from './router.js';
import { runRounds } from './run-rounds.js';
import { missingOf } from './transports/missing-of.js';
import { transportOf } from './transports/transports.js';

/** Enough for a median that holds still. */
const BARE_MESSAGES = 5000;

try {
  const plan = parsePlan(process.argv.slice(2));
  if (plan) {
    await run(withoutMissing(plan));
  } else {
    process.stdout.write(USAGE);
  }
} catch (error) {
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
  // At once: processes that are still measured would keep this one alive, and end with it.
  process.exit(1);
}

async function run(available: Plan): Promise<void> {
  const samples = await runRounds(available, showProgress());
  const router = available.hasRouter ? await measureRouters(available.duration * 3) : [];
  const bare = await measureBareSockets(BARE_MESSAGES);
  if (available.cases.length > 0) {
    process.stdout.write(`${formatTable(available, samples)}\n`);
    process.stdout.write(`${formatFloors(available, samples)}\n`);
  }
  if (router.length > 0) {
    process.stdout.write(`${formatRouter(router)}\n`);
  }
  process.stdout.write(`${formatBareSockets(bare)}\n`);
  if (available.isComplete) {
    const results = summarize(available, samples, router, bare);
    const files = await writeResults(available.isFull ? 'full' : 'quick', results);
    process.stdout.write(`Written to ${files.join(' and ')}\n`);
  }
}

/** Leaves out what others would have to be installed for, and says so. */
function withoutMissing(wanted: Plan): Plan {
  const transports = wanted.transports.filter((name) => {
    const transport = transportOf(name);
    const missing = missingOf(transport);
    if (missing) {
      process.stdout.write(`${transport.title} is left out: ${missing} is not installed\n`);
    }
    return !missing;
  });
  return { ...wanted, transports };
}
