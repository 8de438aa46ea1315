import type { RemoteInfo, Socket } from 'node:dgram';
import { BlockList, isIPv6 } from 'node:net';
import { RemoteCallError } from '../../errors/remote-call.error.js';
import { type Address, bare, parseAddress } from '../address.js';

/** A host and a port. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

const multicast = new BlockList();
multicast.addSubnet('224.0.0.0', 4, 'ipv4');
multicast.addSubnet('ff00::', 8, 'ipv6');

/** Whether a host is a multicast group. */
export function isMulticast(host: string): boolean {
  const address = bare(host);
  return multicast.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/**
 * Reads a `udp://host:port` address.
 *
 * @throws {RemoteCallError} `INVALID_ARGUMENT` for another scheme, or without host or port
 */
export function udpAddress(text: unknown, option: string): Address {
  const address = parseAddress(text, option);
  if (address.scheme !== 'udp') {
    throw new RemoteCallError(
      `must provide a UDP address: ${option} '${address.text}'; write 'udp://host:port'`,
      { option, value: text },
      { code: 'INVALID_ARGUMENT' },
    );
  }
  return address;
}

/** Where a socket is bound, as an address. */
export function boundAddress(socket: Socket, { host }: Address): string {
  const { address, port, family } = socket.address();
  const shown = isMulticast(host) ? bare(host) : address;
  return `udp://${family === 'IPv6' ? `[${shown}]` : shown}:${port}`;
}

/** The address of a message as text: `host:port`. */
export function endpointText({ address, port, family }: RemoteInfo): string {
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The host and port of `host:port`. */
export function parseEndpoint(text: string): Endpoint {
  const colon = text.lastIndexOf(':');
  return { host: bare(text.slice(0, colon)), port: Number(text.slice(colon + 1)) };
}
