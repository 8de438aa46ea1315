import type { Site } from './site.js';

/** What happens to a site. */
export interface Scenario {
  readonly name: string;
  /** A line for people. */
  readonly title: string;
  /** What the group of servers is that is looked at; left out where there is none. */
  readonly group?: string;
  /** Calls of each client a second. Default `CALL_RATE`. */
  readonly rate?: number;
  /** Whether it takes too long for `--quick`. */
  readonly isLong?: boolean;
  /** Until when clients call, in milliseconds. Default `CALLS_END`. */
  readonly callsEnd?: number;
  /** When servers are lost, in milliseconds, where it is not at the first step. */
  readonly lossAt?: number;
  /** What happens, by when it does, in milliseconds. Default nothing. */
  readonly steps?: Readonly<Record<number, (site: Site) => void>>;
}

/** When something happens, in milliseconds, unless a scenario says otherwise. */
export const HAPPENS = 6000;

/** Clients call until then, in milliseconds, unless a scenario says otherwise. */
export const CALLS_END = 22_000;

/** Calls of each client a second, unless a scenario says otherwise. */
export const CALL_RATE = 1;

const OUTAGE = { from: 4000, changes: 6000, to: 16_000 };

/** All of them. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'steady',
    title: 'Nothing happens',
    callsEnd: 62_000,
  },
  {
    name: 'busy',
    title: 'Nothing happens, and each client makes eight calls a second',
    rate: 8,
    isLong: true,
    callsEnd: 32_000,
  },
  {
    name: 'join',
    title: 'A tenth more servers join',
    group: 'those that join',
    callsEnd: 18_000,
    steps: { [HAPPENS]: (site) => mark(site, site.start(part(site, 0.1))) },
  },
  {
    name: 'leave',
    title: 'A tenth of the servers leave in order',
    callsEnd: 14_000,
    steps: { [HAPPENS]: (site) => site.drain(site.choose(part(site, 0.1))) },
  },
  {
    name: 'killed',
    title: 'A tenth of the servers are killed at once',
    steps: { [HAPPENS]: (site) => site.kill(site.choose(part(site, 0.1))) },
  },
  {
    name: 'lost',
    title: 'A tenth of the machines are lost at once, and nothing comes from them',
    steps: { [HAPPENS]: (site) => site.lose(site.choose(part(site, 0.1))) },
  },
  {
    name: 'zone',
    title: 'All machines of one of three zones are lost, and nothing comes from them',
    steps: {
      [HAPPENS]: (site) => site.lose(site.servers.filter(({ zone }) => zone === 'a')),
    },
  },
  {
    name: 'slow',
    title: 'Handlers of a twentieth of the servers take ten times as long',
    group: 'the slow ones',
    steps: {
      [HAPPENS]: (site) => {
        const slow = site.choose(part(site, 0.05));
        slow.forEach((server) => (server.slowness = 10));
        mark(site, slow);
      },
    },
  },
  {
    name: 'outage',
    title: 'etcd is down from 4 to 16 s; at 6 s, 5 % of the servers are killed, and as many join',
    group: 'those that join',
    lossAt: OUTAGE.changes,
    steps: {
      [OUTAGE.from]: ({ source }) => source.stop(),
      [OUTAGE.changes]: (site) => {
        site.kill(site.choose(part(site, 0.05)));
        mark(site, site.start(part(site, 0.05)));
      },
      [OUTAGE.to]: ({ source }) => source.restart(),
    },
  },
];

function part({ size }: Site, share: number): number {
  return Math.round(size.servers * share);
}

function mark({ group }: Site, servers: ReturnType<Site['start']>): void {
  servers.forEach((server) => group.add(server));
}
