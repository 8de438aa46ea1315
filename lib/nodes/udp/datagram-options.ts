import type { Socket } from 'node:dgram';
import { isIP } from 'node:net';
import { optionError } from '../../errors/option-error.js';

/** Options of `node:dgram`, by its own names. */
export interface DatagramOptions {
  /** Lets several sockets of this host bind the port. Default: true for a multicast group. */
  reuseAddr?: boolean;
  /** IPv6: takes no IPv4 traffic. Default false. */
  ipv6Only?: boolean;
  /** Bytes of the kernel's buffer for datagrams that were not read yet. Default: the system's. */
  recvBufferSize?: number;
  /** Bytes of the kernel's buffer for datagrams that were not sent yet. Default: the system's. */
  sendBufferSize?: number;
  /** Hops of a unicast datagram, 1 to 255. Default: the system's. */
  ttl?: number;
  /**
   * Lets datagrams go to a broadcast address, and takes responses from every sender. Default false.
   */
  broadcast?: boolean;
  /** Hops of a multicast datagram, 0 to 255. Default 1: the local network. */
  multicastTTL?: number;
  /** Whether multicast reaches receivers on this host. Default true. */
  multicastLoopback?: boolean;
  /** The address of the interface that multicast leaves by and that groups are joined on. */
  multicastInterface?: string;
}

/** A kind of value: its type in words, and whether a value is one. */
interface Kind {
  words: string;
  includes(value: unknown): boolean;
}

const BOOLEAN: Kind = {
  words: 'true or false',
  includes: (value) => typeof value === 'boolean',
};

const INTERFACE: Kind = {
  words: 'the address of an interface, such as 127.0.0.1',
  includes: (value) => typeof value === 'string' && isIP(value.replace(/%.*$/, '')) !== 0,
};

function integer(least: number, most: number): Kind {
  return {
    words: `a whole number from ${least} to ${most}`,
    includes: (value) =>
      Number.isInteger(value) && (value as number) >= least && (value as number) <= most,
  };
}

const KINDS: { readonly [Name in keyof DatagramOptions]-?: Kind } = {
  reuseAddr: BOOLEAN,
  ipv6Only: BOOLEAN,
  recvBufferSize: integer(1, 0x7fff_ffff),
  sendBufferSize: integer(1, 0x7fff_ffff),
  ttl: integer(1, 255),
  broadcast: BOOLEAN,
  multicastTTL: integer(0, 255),
  multicastLoopback: BOOLEAN,
  multicastInterface: INTERFACE,
};

/**
 * Checks the names and values of datagram options.
 *
 * @throws {RemoteCallError} `INVALID_ARGUMENT` naming the option, its value and the remedy
 */
export function checkDatagramOptions(options: Readonly<Record<string, unknown>>): DatagramOptions {
  for (const [name, value] of Object.entries(options)) {
    const kind: Kind | undefined = KINDS[name as keyof DatagramOptions];
    if (kind === undefined) {
      const names = Object.keys(KINDS).join(', ');
      throw optionError(
        `datagramOptions.${name}`,
        value,
        `there is no such option; there are ${names}`,
      );
    }
    if (value !== undefined && !kind.includes(value)) {
      throw optionError(`datagramOptions.${name}`, value, `give ${kind.words}`);
    }
  }
  return options;
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
