// What a server more costs a client, and a client more a server: `node scale/connections.js
// [--duration 2000] [--engine net]`, in milliseconds of each measurement. The total of calls in flight is the
// same, whatever the number of connections.
import { parseArgs } from 'node:util';
import { describeMachine } from '../report/machine.js';
import { AskedProcess } from './asked-process.js';
import type { CallersAnswers } from './callers-process.js';
import type { ServersAnswers } from './servers-process.js';

const COUNTS = [1, 10, 100, 250, 500];
const IN_FLIGHT = 500;
const RAMP = 400;

const { values } = parseArgs({
  options: { duration: { type: 'string', default: '2000' }, engine: { type: 'string' } },
});
const duration = Number(values.duration);
const { cores, node } = describeMachine();

process.stdout.write(`${cores} cores, Node ${node}, ${IN_FLIGHT} calls in flight\n`);
process.stdout.write(
  '| | connected within | memory a connection, client | server | calls a second | µs of CPU a call, client | server |\n',
);
process.stdout.write(`${'| --- '.repeat(7)}|\n`);
for (const engine of values.engine === undefined ? ['net', 'zeromq'] : [values.engine]) {
  for (const count of COUNTS) {
    await measure(`${engine}, ${count} servers of one client`, engine, count, 1);
  }
  for (const count of COUNTS.slice(1)) {
    await measure(`${engine}, ${count} clients of one server`, engine, 1, count);
  }
}
process.exit();

/** Measures clients, each of which is connected to all servers. */
async function measure(
  title: string,
  engine: string,
  servers: number,
  clients: number,
): Promise<void> {
  const serving = await AskedProcess.start<ServersAnswers>('servers-process.js', [
    engine,
    String(servers),
  ]);
  const calling = await AskedProcess.start<CallersAnswers>('callers-process.js', [
    engine,
    String(clients),
    ...serving.ready,
  ]);
  const sides = [calling, serving] as const;
  const usages = (): Promise<{ cpu: number; memory: number }[]> =>
    Promise.all([calling.ask('usage'), serving.ask('usage')]);
  const alone = await usages();
  const connected = await calling.ask('connect');
  const linked = await usages();
  const inFlight = IN_FLIGHT / clients;
  await calling.ask('call', 'echo', inFlight, RAMP);
  const before = await usages();
  const { ended, failed, elapsed } = await calling.ask('call', 'echo', inFlight, duration);
  const after = await usages();
  const memories = linked.map(({ memory }, side) => {
    const bytes = (memory - (alone[side]?.memory ?? 0)) / (servers * clients);
    return `${Math.round(bytes / 1024)} KiB`;
  });
  const costs = after.map(({ cpu }, side) => ((cpu - (before[side]?.cpu ?? 0)) / ended).toFixed(1));
  const note = failed > 0 ? ` (${failed} failed)` : '';
  const rate = `${Math.round((ended / elapsed) * 1000)}${note}`;
  const cells = [title, `${Math.round(connected)} ms`, ...memories, rate, ...costs];
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
  await Promise.all(sides.map((side) => side.stop()));
}
