// What more processes of a service are worth: `node scale/workers.js [--duration 2000] [--engine net]`, in
// milliseconds of each measurement. With the engine `net` the workers of a cluster share a port; with `zeromq` each has its own.
import { parseArgs } from 'node:util';
import { describeMachine } from '../report/machine.js';
import { AskedProcess } from './asked-process.js';
import type { CallersAnswers } from './callers-process.js';
import type { ServersAnswers } from './servers-process.js';

const ENGINES = ['net', 'zeromq'] as const;
const METHODS = ['echo', 'work'] as const;
const WORKERS = [1, 2, 4];
const CALLING_PROCESSES = 2;
const CLIENTS = 8;
const IN_FLIGHT = 16;
const RAMP = 300;

const { values } = parseArgs({
  options: { duration: { type: 'string', default: '2000' }, engine: { type: 'string' } },
});
const duration = Number(values.duration);
const { cores, node } = describeMachine();

process.stdout.write(`${cores} cores, Node ${node}, ${CALLING_PROCESSES} calling processes\n`);
process.stdout.write(
  '| | workers | calls a second | cores of the workers | cores of the callers |\n',
);
process.stdout.write('| --- | --- | --- | --- | --- |\n');
for (const engine of ENGINES.filter((name) => name === (values.engine ?? name))) {
  for (const count of WORKERS) {
    await measure(engine, count);
  }
}
process.exit();

async function measure(engine: (typeof ENGINES)[number], count: number): Promise<void> {
  const workers = await Promise.all(
    Array.from({ length: count }, () =>
      AskedProcess.startWorker<ServersAnswers>('servers-process.js', [engine, '1']),
    ),
  );
  const addresses = [...new Set(workers.flatMap(({ ready }) => ready))];
  const callers = await Promise.all(
    Array.from({ length: CALLING_PROCESSES }, () =>
      AskedProcess.start<CallersAnswers>('callers-process.js', [
        engine,
        String(CLIENTS / CALLING_PROCESSES),
        ...addresses,
      ]),
    ),
  );
  await Promise.all(callers.map((caller) => caller.ask('connect')));
  for (const method of METHODS) {
    await Promise.all(callers.map((caller) => caller.ask('call', method, IN_FLIGHT, RAMP)));
    const before = [await cpuOf(workers), await cpuOf(callers)];
    const calls = await Promise.all(
      callers.map((caller) => caller.ask('call', method, IN_FLIGHT, duration)),
    );
    const after = [await cpuOf(workers), await cpuOf(callers)];
    const rate = calls.reduce((sum, { ended, elapsed }) => sum + (ended / elapsed) * 1000, 0);
    const failed = calls.reduce((sum, one) => sum + one.failed, 0);
    const elapsed = Math.max(...calls.map((one) => one.elapsed));
    const used = after.map((cpu, side) =>
      ((cpu - (before[side] ?? 0)) / elapsed / 1000).toFixed(2),
    );
    const note = failed > 0 ? `, ${failed} failed` : '';
    process.stdout.write(
      `| ${engine}, ${method} | ${count} | ${Math.round(rate)}${note} | ${used.join(' | ')} |\n`,
    );
  }
  await Promise.all([...callers, ...workers].map((one) => one.stop()));
}

async function cpuOf(
  processes: readonly { ask(question: 'usage'): Promise<{ cpu: number }> }[],
): Promise<number> {
  const usages = await Promise.all(processes.map((one) => one.ask('usage')));
  return usages.reduce((sum, { cpu }) => sum + cpu, 0);
}
