import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { RemoteCallError } from '../errors/remote-call.error.js';
import { type Address, bare, parseAddress, withHost } from '../nodes/address.js';
import { isLoopback } from '../nodes/loopback.js';

const REMEDY = "give advertise: 'tcp://host:port', an address that clients reach the server at";

/**
 * The address at which clients reach a server, unless it is given: the first one that it is bound to, with
 * this machine's first external IPv4 address for a server that is bound to all interfaces. Those of UDP do
 * not count: they have no links.
 *
 * @param bound what the server is bound to
 * @throws {RemoteCallError} `INVALID_ARGUMENT` where there is no such address
 */
export function boundAddress(bound: readonly string[]): string {
  const address = bound
    .map((text) => parseAddress(text))
    .find(({ scheme }) => scheme !== 'udp' && scheme !== 'memory');
  if (address === undefined) {
    throw notAdvertised(`no address can be registered of ${bound.join(', ')}`);
  }
  if (!isWildcard(address)) {
    return address.text;
  }
  const ip = externalIpv4();
  if (ip === undefined) {
    throw notAdvertised(`${address.text} names no host, and this machine has no external address`);
  }
  return withHost(address, ip).text;
}

/** An address with the port that the server is bound to in the place of `*` or `0`. */
export function withBoundPort(advertised: Address, bound: readonly string[]): string {
  const { port } = advertised;
  if (port !== 0) {
    return advertised.text;
  }
  const listening = bound.map((text) => parseAddress(text)).find(({ scheme }) => scheme === 'tcp');
  if (listening === undefined) {
    throw notAdvertised(`${advertised.text} names no port, and the server has none`);
  }
  return advertised.text.replace(/\*$/, String(listening.port));
}

/**
 * What to warn of: that no other machine can reach a server at its address.
 *
 * @param address of {@link boundAddress}; one that was given is meant
 */
export function localAddressWarning(address: string): string | undefined {
  const { host, port } = parseAddress(address);
  if (port !== undefined && !isLoopback(host)) {
    return undefined;
  }
  const meant = port === undefined ? address : address.replace(/\d+$/, '*');
  return (
    `option register: ${address} is registered, which no other machine can reach; bind 'tcp://*:port', ` +
    `or ${REMEDY}; advertise: '${meant}' says that all of them are on this machine (docs/discovery.md)`
  );
}

/** Whether an address stands for all interfaces of a machine. */
export function isWildcard({ scheme, host }: Address): boolean {
  return scheme === 'tcp' && ['*', '0.0.0.0', '::'].includes(bare(host));
}

function externalIpv4(): string | undefined {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return addresses.find(({ address, internal }) => !internal && isIPv4(address))?.address;
}

function notAdvertised(reason: string): RemoteCallError {
  return new RemoteCallError(
    `option register: ${reason}; ${REMEDY}`,
    { option: 'register' },
    { code: 'INVALID_ARGUMENT' },
  );
}
