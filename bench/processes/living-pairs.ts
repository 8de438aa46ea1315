import type { Load, LoadTimes, Sample } from '../measurement.js';
import { MeasuredPair } from './measured-pair.js';

/** Pairs that are started when they are first needed, and stay warm until the end. */
export class LivingPairs {
  private readonly pairs = new Map<string, MeasuredPair>();

  async measure(transport: string, load: Load, times: LoadTimes): Promise<Sample> {
    const pair = this.pairs.get(transport) ?? (await MeasuredPair.startWarm(transport));
    this.pairs.set(transport, pair);
    const sample = await pair.measure(load, times);
    if (sample.isStalled) {
      // Nothing gets a stalled connection going again.
      this.pairs.delete(transport);
      await pair.stop();
    }
    return sample;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.pairs.values()].map(async (pair) => pair.stop()));
  }
}

/** Measures in processes that have done nothing else before, not even to warm up. */
export async function measureInNewProcesses(
  transport: string,
  load: Load,
  times: LoadTimes,
): Promise<Sample> {
  const pair = await MeasuredPair.start(transport);
  try {
    return await pair.measure(load, times);
  } finally {
    await pair.stop();
  }
}
