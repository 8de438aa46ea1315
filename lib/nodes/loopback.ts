import { BlockList, isIP, isIPv6 } from 'node:net';
import { bare } from './address.js';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Whether a host is this one, by an address that no other host can reach or send under. */
export function isLoopback(host: string): boolean {
  const address = bare(host).replace(/%.*$/, '');
  return isIP(address) === 0
    ? address === 'localhost'
    : loopback.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
