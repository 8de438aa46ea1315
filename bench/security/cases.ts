import type { Case } from '../cases.js';
import type { PayloadName } from '../measurement.js';
import type { TransportName } from '../transports/transports.js';

/** A transport without security, and the same with it. */
export const PAIRS = [
  { plain: 'net', secured: 'net-curve', title: "CURVE, engine 'net'" },
  { plain: 'zeromq', secured: 'zeromq-curve', title: "CURVE, engine 'zeromq'" },
  { plain: 'udp', secured: 'udp-keys', title: 'UDP keys' },
] as const satisfies readonly { plain: TransportName; secured: TransportName; title: string }[];

/** Bytes that come back, packed with those of other calls as in any app. */
export const CASES: readonly Case[] = [
  echo('binary-50', '50 B', 1),
  echo('binary-50', '50 B', 32),
  echo('binary-50', '50 B', 256),
  echo('binary-1k', '1 KiB', 32),
  // A datagram has no room for them.
  { ...echo('binary-64k', '64 KiB', 32), without: ['udp', 'udp-keys'] },
];

function echo(payload: PayloadName, size: string, inFlight: number): Case {
  return {
    name: `${payload}-${inFlight}`,
    title: `${size}, ${inFlight} in flight`,
    load: { kind: 'calls', method: 'echo', payload, inFlight, connections: 1 },
    metrics: ['rate', 'cpu'],
  };
}
