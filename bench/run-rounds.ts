import type { Plan } from './arguments.js';
import type { Case } from './cases.js';
import type { LoadTimes } from './measurement.js';
import { LivingPairs, measureInNewProcesses } from './processes/living-pairs.js';
import { Samples } from './samples.js';
import type { TransportName } from './transports/transports.js';

/** What is measured, and how often and long. */
export type Rounds = Pick<Plan, 'cases' | 'transports' | 'rounds' | 'duration'>;

/** Called before each measurement, and at the end. */
export type ProgressListener = (done: number, total: number, what: string) => void;

/** One case with one transport. */
interface Step {
  measured: Case;
  transport: TransportName;
}

/**
 * Measures every case with every transport in turn, round after round, so that other work of
 * the machine affects all of them. A first round does not count: it warms up.
 */
export async function runRounds(plan: Rounds, progress: ProgressListener): Promise<Samples> {
  const samples = new Samples();
  const pairs = new LivingPairs();
  const rounds = Array.from({ length: plan.rounds + 1 }, (_, index) => index - 1);
  const steps = rounds.flatMap((round) => stepsOf(plan, round).map((step) => ({ round, ...step })));
  try {
    for (const [done, { round, measured, transport }] of steps.entries()) {
      progress(done, steps.length, `${measured.name} ${transport}`);
      if (samples.isStalled(measured.name, transport)) {
        // It would again, and that takes its time.
        continue;
      }
      const times = timesOf(plan, measured, round);
      const sample = measured.isInNewProcesses
        ? await measureInNewProcesses(transport, measured.load, times)
        : await pairs.measure(transport, measured.load, times);
      if (round >= 0 || sample.isStalled) {
        samples.add(measured.name, transport, Math.max(round, 0), sample);
      }
    }
  } finally {
    await pairs.stop();
  }
  progress(steps.length, steps.length, '');
  return samples;
}

function timesOf(plan: Rounds, { minimumDuration = 0, warmUp }: Case, round: number): LoadTimes {
  const full = Math.max(plan.duration, minimumDuration);
  const duration = round < 0 ? (warmUp ?? full / 3) : full;
  return { ramp: duration / 5, duration };
}

function stepsOf({ cases, transports }: Rounds, round: number): Step[] {
  return cases
    .filter(({ isInNewProcesses = false }) => !isInNewProcesses || round === 0)
    .flatMap((measured) =>
      transports
        .filter((transport) => !measured.without?.includes(transport))
        .map((transport) => ({ measured, transport })),
    );
}
