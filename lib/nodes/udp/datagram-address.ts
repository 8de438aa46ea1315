import type { Socket } from 'node:dgram';
import { BlockList, isIPv6 } from 'node:net';
import { RemoteCallError } from '../../errors/remote-call.error.js';
import { type Address, bare, parseAddress } from '../address.js';

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

/** The host and port of a message's address. */
export function parseEndpoint(address: Uint8Array): { host: string; port: number } {
  const text = Buffer.from(address.buffer, address.byteOffset, address.byteLength).toString();
  const colon = text.lastIndexOf(':');
  return { host: bare(text.slice(0, colon)), port: Number(text.slice(colon + 1)) };
}
