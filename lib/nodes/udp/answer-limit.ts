import { BlockList, isIPv6 } from 'node:net';
import { parseEndpoint } from './datagram-address.js';

/** How many times as long as its request an answer may be (RFC 9000, section 8). */
export const AMPLIFICATION = 3;

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/**
 * Whether the address of a source is its own: nobody outside of this host can send under one of the
 * loopback interface.
 *
 * @param source `host:port`
 */
export function isOfThisHost(source: Uint8Array): boolean {
  const { host } = parseEndpoint(source);
  return loopback.check(host.replace(/%.*$/, ''), isIPv6(host) ? 'ipv6' : 'ipv4');
}
