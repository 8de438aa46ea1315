import type { Metric, Sample } from './measurement.js';
import { type Spread, median, spreadOf } from './statistics.js';
import type { TransportName } from './transports/transports.js';

/** The samples of all rounds that count, by case and transport. */
export class Samples {
  private readonly rounds = new Map<string, (Sample | undefined)[]>();

  add(caseName: string, transport: TransportName, round: number, sample: Sample): void {
    const key = `${caseName} ${transport}`;
    const samples = this.rounds.get(key) ?? [];
    samples[round] = sample;
    this.rounds.set(key, samples);
  }

  /** Whether nothing moved any more in one of the rounds. */
  isStalled(caseName: string, transport: TransportName): boolean {
    return this.of(caseName, transport).some((sample) => sample?.isStalled);
  }

  /** @returns `undefined` if this was not measured, or stalled */
  spread(caseName: string, transport: TransportName, metric: Metric): Spread | undefined {
    const samples = this.of(caseName, transport).filter((sample) => sample !== undefined);
    if (samples.length === 0 || this.isStalled(caseName, transport)) {
      return undefined;
    }
    return spreadOf(samples.map((sample) => sample[metric]));
  }

  /**
   * The median of the ratios of each round, not the ratio of medians: what else runs on the machine
   * hits both sides of one round alike.
   *
   * @returns `undefined` if one of both was not measured, or stalled
   */
  ratio(
    caseName: string,
    metric: Metric,
    transport: TransportName,
    against: TransportName,
  ): number | undefined {
    if (this.isStalled(caseName, transport) || this.isStalled(caseName, against)) {
      return undefined;
    }
    const others = this.of(caseName, against);
    const ratios = this.of(caseName, transport).flatMap((sample, round) => {
      const other = others[round];
      return sample && other && other[metric] > 0 ? [sample[metric] / other[metric]] : [];
    });
    return ratios.length > 0 ? median(ratios) : undefined;
  }

  private of(caseName: string, transport: TransportName): readonly (Sample | undefined)[] {
    return this.rounds.get(`${caseName} ${transport}`) ?? [];
  }
}
