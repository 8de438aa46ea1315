import type { Plan } from './arguments.js';
import type { Case } from './cases.js';
import type { Sample } from './measurement.js';
import { MeasuredPair } from './processes/measured-pair.js';
import { Samples } from './samples.js';
import type { TransportName } from './transports/transports.js';

/** Told before each measurement. */
export type ProgressListener = (done: number, total: number, what: string) => void;

/**
 * Measures every case with every transport in turn, round after round, so that what else runs on
 * the machine meets all of them. The first round only warms up.
 */
export async function runRounds(plan: Plan, progress: ProgressListener): Promise<Samples> {
  const samples = new Samples();
  const pairs = new Map<TransportName, MeasuredPair>();
  const steps = plan.cases.flatMap((measured) =>
    plan.transports
      .filter((transport) => !measured.without?.includes(transport))
      .map((transport) => ({ measured, transport })),
  );
  const total = steps.length * (plan.rounds + 1);
  let done = 0;
  try {
    for (let round = -1; round < plan.rounds; round++) {
      for (const { measured, transport } of steps) {
        progress(done++, total, `${measured.name} ${transport}`);
        if (samples.isStalled(measured.name, transport)) {
          continue;
        }
        const sample = await measure(plan, measured, transport, pairs);
        if (sample && (round >= 0 || sample.isStalled)) {
          samples.add(measured.name, transport, Math.max(round, 0), sample);
        }
      }
    }
  } finally {
    await Promise.all([...pairs.values()].map(async (pair) => pair.stop()));
  }
  return samples;
}

async function measure(
  plan: Plan,
  { load, minimumDuration = 0, isInNewProcesses = false }: Case,
  transport: TransportName,
  pairs: Map<TransportName, MeasuredPair>,
): Promise<Sample> {
  const duration = Math.max(plan.duration, minimumDuration);
  const pair = (!isInNewProcesses && pairs.get(transport)) || (await MeasuredPair.start(transport));
  const sample = await pair.measure(load, { ramp: duration / 5, duration });
  if (sample.isStalled || isInNewProcesses) {
    // Nothing gets a stalled connection going again.
    await pair.stop();
    if (!isInNewProcesses) {
      pairs.delete(transport);
    }
  } else {
    pairs.set(transport, pair);
  }
  return sample;
}
