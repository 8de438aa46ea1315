import { parseArgs } from 'node:util';
import { CASES, type Case } from './cases.js';
import { TRANSPORT_NAMES, type TransportName, transportOf } from './transports/transports.js';

/** What `npm run bench -- --help` prints. */
export const USAGE = `npm run bench -- [options]

  --full               longer, more cases, and brokers where they are installed: for results to keep
  --only <text>        cases whose name contains this, e.g. calls-256
  --transports <list>  of ${TRANSPORT_NAMES.join(', ')}
  --rounds <n>         rounds that count; one more comes first and does not
  --duration <ms>      of each measurement
  --help

After a first run, node dist-bench/main.js runs again without building.
`;

/** What to measure, and for how long. */
export interface Plan {
  isFull: boolean;
  /** Whether it is everything, so that its results are kept. */
  isComplete: boolean;
  cases: readonly Case[];
  transports: readonly TransportName[];
  /** Whether the router is measured as well. */
  hasRouter: boolean;
  rounds: number;
  /** Ms of each measurement. */
  duration: number;
}

/**
 * @returns `undefined` if help is asked for
 * @throws {Error} naming the option that is wrong
 */
export function parsePlan(args: readonly string[]): Plan | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      full: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      transports: { type: 'string' },
      rounds: { type: 'string' },
      duration: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const { full: isFull, only } = values;
  if (values.help) {
    return undefined;
  }
  const cases = only
    ? CASES.filter(({ name }) => name.includes(only))
    : CASES.filter(({ isOnlyInFull = false }) => isFull || !isOnlyInFull);
  const hasRouter = 'router'.includes(only);
  if (cases.length === 0 && !hasRouter) {
    const names = CASES.map(({ name }) => name).join(', ');
    throw new Error(`--only '${only}' fits no case: there are ${names}, router`);
  }
  const wanted = values.transports?.split(',').map(transportName);
  return {
    isFull,
    isComplete: only === '' && !wanted,
    cases,
    transports: wanted ?? TRANSPORT_NAMES.filter((name) => isFull || !transportOf(name).broker),
    hasRouter,
    rounds: positive('rounds', values.rounds, isFull ? 5 : 3),
    duration: positive('duration', values.duration, isFull ? 1000 : 200),
  };
}

function transportName(name: string): TransportName {
  const found = TRANSPORT_NAMES.find((candidate) => candidate === name);
  if (!found) {
    throw new Error(`--transports '${name}': there are ${TRANSPORT_NAMES.join(', ')}`);
  }
  return found;
}

function positive(option: string, value: string | undefined, byDefault: number): number {
  const number = value === undefined ? byDefault : Number(value);
  if (!Number.isSafeInteger(number) || number < 1) {
    throw new Error(`--${option} '${value}': give a whole number above 0`);
  }
  return number;
}
