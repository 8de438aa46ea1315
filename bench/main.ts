import 'reflect-metadata';
import { USAGE, parsePlan } from './arguments.js';
import { showProgress } from './progress.js';
import { formatFloors } from './report/floor-list.js';
import { formatTable } from './report/table.js';
import { measureRouter } from './router.js';
import { runRounds } from './run-rounds.js';

const plan = parsePlan(process.argv.slice(2));
if (!plan) {
  process.stdout.write(USAGE);
  process.exit();
}

if (plan.cases.length > 0) {
  const samples = await runRounds(plan, showProgress());
  process.stdout.write(`\n${formatTable(plan, samples)}\n${formatFloors(plan, samples)}`);
}

if (plan.hasRouter) {
  process.stdout.write('\nThrough a router, one client to one service, all in one process\n');
  for (const packed of [1, 8, 32, 128]) {
    const { messagesPerSecond, envelopesPerSecond } = await measureRouter(
      packed,
      plan.duration * 3,
    );
    process.stdout.write(
      `${String(packed).padStart(4)} envelopes a payload: ` +
        `${messagesPerSecond.toLocaleString('en')} messages/s, ` +
        `${envelopesPerSecond.toLocaleString('en')} envelopes/s\n`,
    );
  }
}
