import type { Socket } from 'node:dgram';
import { isIP } from 'node:net';
import { optionError } from '../../errors/option-error.js';
import { boolean, integer, record } from '../../options/option-check.js';
import { type SchemaOf, resolveOptions } from '../../options/option-schema.js';

/** Options of `node:dgram`, by its own names, and `amplification`. */
export interface DatagramOptions {
  /** Lets several sockets of this host bind the port. Default: true for a multicast group. */
  reuseAddr?: boolean;
  /** IPv6: takes no IPv4 traffic. Default false. */
  ipv6Only?: boolean;
  /** Bytes of the kernel's buffer for datagrams to be read. Default: the system's. */
  recvBufferSize?: number;
  /** Bytes of the kernel's buffer for datagrams to be sent. Default: the system's. */
  sendBufferSize?: number;
  /** Hops of a unicast datagram, 1 to 255. Default: the system's. */
  ttl?: number;
  /** Allows a broadcast address, and then takes responses from any sender. Default false. */
  broadcast?: boolean;
  /** Hops of a multicast datagram, 0 to 255. Default 1: the local network. */
  multicastTTL?: number;
  /** Whether multicast reaches receivers on this host. Default true. */
  multicastLoopback?: boolean;
  /** The address of the interface that multicast leaves by and that groups are joined on. */
  multicastInterface?: string;
  /**
   * Servers without keys: how many times as long as its request an answer may be, to a source that has
   * not proven its address. 0 means no limit, for networks in which nobody forges addresses. Default 3.
   */
  amplification?: number;
}

const DATAGRAM_OPTIONS = {
  reuseAddr: boolean,
  ipv6Only: boolean,
  recvBufferSize: integer(1, 0x7fff_ffff),
  sendBufferSize: integer(1, 0x7fff_ffff),
  ttl: integer(1, 255),
  broadcast: boolean,
  multicastTTL: integer(0, 255),
  multicastLoopback: boolean,
  multicastInterface: interfaceAddress,
  amplification: integer(0, 0x7fff_ffff),
} satisfies SchemaOf<DatagramOptions>;

/** The check of the option `datagramOptions`. */
export function datagramOptions(
  option: string,
  value: DatagramOptions | undefined,
): DatagramOptions {
  const wording = { prefix: `${option}.` };
  return resolveOptions(DATAGRAM_OPTIONS, record(option, value), wording) as DatagramOptions;
}

/**
 * Checks the names and values of datagram options.
 *
 * @throws {RemoteCallError} `INVALID_ARGUMENT` naming the option, its value and the remedy
 */
export function checkDatagramOptions(options: DatagramOptions): DatagramOptions {
  return datagramOptions('datagramOptions', options);
}

function interfaceAddress(option: string, value: string | undefined): string | undefined {
  const isRight = typeof value === 'string' && isIP(value.replace(/%.*$/, '')) !== 0;
  if (value !== undefined && !isRight) {
    throw optionError(option, value, 'give the address of an interface, such as 127.0.0.1');
  }
  return value;
}

/**
 * Sets the options of a socket that is bound.
 *
 * @throws {RemoteCallError} `INVALID_ARGUMENT` naming the option that the system refuses
 */
export function applyDatagramOptions(socket: Socket, options: DatagramOptions): void {
  const set = <Name extends keyof DatagramOptions>(
    name: Name,
    apply: (value: NonNullable<DatagramOptions[Name]>) => void,
  ): void => {
    const value = options[name];
    if (value === undefined) {
      return;
    }
    try {
      apply(value);
    } catch (cause) {
      throw optionError(
        `datagramOptions.${name}`,
        value,
        `the system refuses it: ${(cause as Error).message}`,
      );
    }
  };
  set('ttl', (ttl) => socket.setTTL(ttl));
  set('broadcast', (broadcast) => socket.setBroadcast(broadcast));
  set('multicastTTL', (ttl) => socket.setMulticastTTL(ttl));
  set('multicastLoopback', (loopback) => socket.setMulticastLoopback(loopback));
  set('multicastInterface', (address) => socket.setMulticastInterface(address));
}
