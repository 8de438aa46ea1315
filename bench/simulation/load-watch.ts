import type { SimulatedServer } from './network/simulated-server.js';

/** How calls are spread over servers, as multiples of an even share. */
export interface LoadSpread {
  /** Seconds from the beginning to the middle of the time in which they were handled. */
  readonly at: number;
  readonly least: number;
  readonly p5: number;
  readonly median: number;
  readonly p95: number;
  readonly most: number;
  /** The share of the servers whose load is within a tenth of even. */
  readonly withinTenth: number;
  /** The standard deviation. */
  readonly deviation: number;
  /** What it would be if each call went to any server by chance. */
  readonly chance: number;
  /** The mean load of servers of a group that the scenario looks at; left out where there is none. */
  readonly group?: number;
}

/** Looks at how many calls servers handle. */
export class LoadWatch {
  readonly spreads: LoadSpread[] = [];
  private before!: ReadonlyMap<SimulatedServer, number>;

  /** @param since milliseconds from the beginning to now */
  constructor(
    servers: readonly SimulatedServer[],
    private since: number,
  ) {
    this.begin(servers, since);
  }

  /**
   * Counts what servers have handled since it began that have been there all the time, and begins anew.
   *
   * @param group those whose mean is asked for
   * @returns how that is spread, which `spreads` has too
   */
  end(
    servers: readonly SimulatedServer[],
    group: ReadonlySet<SimulatedServer>,
    now: number,
  ): LoadSpread {
    const { before, since } = this;
    const present = servers.filter((server) => server.isRunning && before.has(server));
    const loadOf = (server: SimulatedServer): number =>
      server.handled - (before.get(server) as number);
    const even = mean(present.map(loadOf));
    const grouped = present.filter((server) => group.has(server));
    const spread = {
      at: (since + now) / 2000,
      ...spreadOf(present.map((server) => loadOf(server) / even)),
      chance: 1 / Math.sqrt(even),
      ...(grouped.length > 0 && { group: mean(grouped.map(loadOf)) / even }),
    };
    this.spreads.push(spread);
    this.begin(servers, now);
    return spread;
  }

  private begin(servers: readonly SimulatedServer[], now: number): void {
    this.since = now;
    this.before = new Map(servers.map((server) => [server, server.handled]));
  }
}

function spreadOf(loads: readonly number[]): Omit<LoadSpread, 'at' | 'chance' | 'group'> {
  const sorted = loads.toSorted((one, other) => one - other);
  const at = (part: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0;
  const within = sorted.filter((load) => Math.abs(load - 1) <= 0.1);
  return {
    least: at(0),
    p5: at(0.05),
    median: at(0.5),
    p95: at(0.95),
    most: at(1),
    deviation: Math.sqrt(mean(sorted.map((load) => (load - 1) ** 2))),
    withinTenth: sorted.length === 0 ? 0 : within.length / sorted.length,
  };
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / Math.max(1, numbers.length);
}
