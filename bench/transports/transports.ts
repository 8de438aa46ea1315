import { nestTcpCommand, nestTcpString } from './nest-tcp.js';
import { nullTransport } from './null-transport.js';
import { nestNats, nestRedis } from './peers.js';
import { net, udp, zeromq } from './remote-transport.js';
import { netCurve, udpKeys, zeromqCurve } from './secured-transports.js';
import { packedTcp } from '../limits/packed-tcp.js';
import { packedZeromq } from '../limits/packed-zeromq.js';
import type { Transport } from './transport.js';

const TRANSPORTS = {
  'tcp-string': nestTcpString,
  'tcp-command': nestTcpCommand,
  zeromq,
  net,
  udp,
  'packed-zeromq': packedZeromq,
  'packed-tcp': packedTcp,
  null: nullTransport,
  nats: nestNats,
  redis: nestRedis,
} satisfies Record<string, Transport>;

/** Those that are compared with themselves without security, and with nothing else. */
const SECURED_TRANSPORTS = {
  'zeromq-curve': zeromqCurve,
  'net-curve': netCurve,
  'udp-keys': udpKeys,
} satisfies Record<string, Transport>;

const ALL = { ...TRANSPORTS, ...SECURED_TRANSPORTS };

/** How a transport is called on the command line and in results. */
export type TransportName = keyof typeof ALL;

/** Everything that is compared with Nest TCP, in the order of a round. */
export const TRANSPORT_NAMES = Object.keys(TRANSPORTS) as (keyof typeof TRANSPORTS)[];

/** What all others are compared with. */
export const BASELINES = ['tcp-string', 'tcp-command'] as const satisfies TransportName[];

/** @throws {Error} if there is no transport of this name */
export function transportOf(name: string): Transport {
  const transport: Transport | undefined = ALL[name as TransportName];
  if (!transport) {
    throw new Error(`no transport '${name}': there are ${Object.keys(ALL).join(', ')}`);
  }
  return transport;
}
