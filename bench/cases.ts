import type { Load, Metric, PayloadName } from './measurement.js';
import type { TransportName } from './transports/transports.js';

/** One thing that is measured for each transport. */
export interface Case {
  /** What `--only` looks for. */
  name: string;
  title: string;
  load: Load;
  /** The metrics of a report, the most important first. */
  metrics: readonly Metric[];
  /** Transports that cannot do it, or for which it says nothing. */
  without?: readonly TransportName[];
  /** Ms below which there would be too few calls in a sample. */
  minimumDuration?: number;
  /** Ms of the round that does not count, where code that no other case calls must become hot. */
  warmUp?: number;
  /** Whether a quick run does without it, unless `--only` names it. */
  isOnlyInFull?: boolean;
  /** Whether it takes new processes, and one round: memory is a peak since their start. */
  isInNewProcesses?: boolean;
}

/** They know calls of `add` and events, and say something where messages are packed or many. */
const LIMITS = ['packed-zeromq', 'packed-tcp'] as const;

/** Datagrams end at 65,507 bytes, messages of NATS at 1 MB; where nothing travels, size is nothing. */
const BIG = {
  without: ['udp', 'null', 'nats', 'redis', ...LIMITS],
  minimumDuration: 400,
} as const;

/** Payloads that take paths of their own through the codecs. */
const SHAPED = { without: ['null', ...LIMITS], warmUp: 500 } as const;

function echo(payload: PayloadName, inFlight: number, isBase64InJson = false): Load {
  return { kind: 'calls', method: 'echo', payload, isBase64InJson, inFlight, connections: 1 };
}

function add(inFlight: number, connections = 1): Load {
  return { kind: 'calls', method: 'add', payload: 'numbers', inFlight, connections };
}

/** Everything that is measured, in the order of a round. */
export const CASES: readonly Case[] = [
  { name: 'calls-1', title: '1 call in flight', load: add(1), metrics: ['rate', 'p50', 'p99'] },
  { name: 'calls-32', title: '32 calls in flight', load: add(32), metrics: ['rate', 'p50', 'p99'] },
  {
    name: 'calls-256',
    title: '256 calls in flight',
    load: add(256),
    metrics: ['rate', 'p50', 'p99', 'cpu'],
  },
  {
    name: 'calls-1024',
    title: '1024 calls in flight',
    load: add(1024),
    metrics: ['rate', 'p50', 'p99'],
  },
  {
    name: 'object-256',
    title: 'Objects of 100 B, 256 in flight',
    load: echo('object', 256),
    metrics: ['rate'],
    isOnlyInFull: true,
    ...SHAPED,
  },
  {
    name: 'text-1k-256',
    title: 'Text of 1 KiB, 256 in flight',
    load: echo('text-1k', 256),
    metrics: ['rate'],
    ...SHAPED,
  },
  {
    name: 'binary-64k-32',
    title: 'Binary of 64 KiB, 32 in flight',
    load: echo('binary-64k', 32),
    metrics: ['rate'],
    ...BIG,
  },
  {
    name: 'base64-64k-32',
    title: 'Binary of 64 KiB, base64 over TCP, 32 in flight',
    load: echo('binary-64k', 32, true),
    metrics: ['rate'],
    ...BIG,
  },
  {
    name: 'binary-1m-1',
    title: 'Binary of 1 MiB, 1 in flight',
    load: echo('binary-1m', 1),
    metrics: ['rate'],
    isOnlyInFull: true,
    ...BIG,
  },
  {
    name: 'binary-1m-8',
    title: 'Binary of 1 MiB, 8 in flight',
    load: echo('binary-1m', 8),
    metrics: ['rate', 'lost'],
    isOnlyInFull: true,
    ...BIG,
  },
  {
    name: 'events',
    title: 'Events',
    load: { kind: 'events', inFlight: 256, connections: 1, isClientNew: false },
    metrics: ['rate', 'lost', 'cpu'],
    warmUp: 400,
  },
  {
    name: 'events-only',
    title: 'Events of a client that never calls',
    load: { kind: 'events', inFlight: 256, connections: 1, isClientNew: true },
    metrics: ['rate', 'lost', 'cpu'],
    warmUp: 400,
    // Without a connection there is no new one.
    without: ['null'],
  },
  {
    name: 'connections-100',
    title: '100 connections, 1 call each',
    load: add(1, 100),
    metrics: ['rate', 'p50'],
    // Clients of a broker are connected to the broker only.
    without: ['null', 'nats', 'redis'],
  },
  {
    name: 'connections-100-32',
    title: '100 connections, 32 calls each',
    load: add(32, 100),
    metrics: ['rate'],
    without: ['null', 'nats', 'redis', ...LIMITS],
  },
  {
    name: 'connections-500',
    title: '500 connections, 1 call each',
    load: add(1, 500),
    metrics: ['rate', 'p50'],
    isOnlyInFull: true,
    without: ['udp', 'null', 'nats', 'redis', ...LIMITS],
  },
  {
    name: 'steady-2000',
    title: '2000 calls a second',
    load: { kind: 'paced', callsPerSecond: 2000, connections: 1 },
    metrics: ['p50', 'p99', 'cpu'],
    minimumDuration: 500,
    without: LIMITS,
  },
  {
    name: 'memory-256',
    title: 'Peak memory, 256 in flight',
    load: add(256),
    metrics: ['memory'],
    minimumDuration: 1000,
    isInNewProcesses: true,
    isOnlyInFull: true,
    without: ['null', 'nats', 'redis', ...LIMITS],
  },
];
