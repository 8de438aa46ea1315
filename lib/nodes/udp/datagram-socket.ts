import { type Socket, type SocketOptions, createSocket } from 'node:dgram';
import { lookup } from 'node:dns';
import { isIP, isIPv6 } from 'node:net';
import { RemoteCallError } from '../../errors/remote-call.error.js';
import { type Address, bare } from '../address.js';
import { lookupOne } from '../names/name-lookup.js';
import { type Endpoint, isMulticast } from './datagram-address.js';
import { type DatagramOptions, applyDatagramOptions } from './datagram-options.js';

/**
 * The use of a datagram socket.
 *
 * - `receive`: bound to its address; it receives there, and responds to the senders
 * - `send`: connected to its address; it receives from there alone
 * - `sendToMany`: sends to a group or a broadcast address, and receives from everybody. It cannot be
 *   connected: responses come from the receivers' own addresses
 */
export type DatagramRole = 'receive' | 'send' | 'sendToMany';

/** A socket that is ready. */
export interface DatagramSocket {
  readonly socket: Socket;
  /** The destination of a socket that is not connected and sends to one address alone. */
  readonly remote: Endpoint | undefined;
}

/**
 * Makes a socket that is bound or connected, with its options set.
 *
 * @param target its address; the port may be 0 where the system chooses
 * @param signal ends the wait for a name server
 * @throws {RemoteCallError} `UNAVAILABLE` naming the address that cannot be resolved, bound,
 *   connected to or joined; `INVALID_ARGUMENT` naming the option that the system refuses
 */
export async function openSocket(
  role: DatagramRole,
  target: Address,
  options: DatagramOptions,
  signal: AbortSignal,
): Promise<DatagramSocket> {
  const { host, port = 0 } = target;
  const address = host === '*' ? undefined : await resolve(target, signal);
  const { reuseAddr, ipv6Only, recvBufferSize, sendBufferSize } = options;
  const socket = createSocket({
    type: address !== undefined && isIPv6(address) ? 'udp6' : 'udp4',
    reuseAddr: reuseAddr ?? (role === 'receive' && isMulticast(host)),
    ...(ipv6Only !== undefined && { ipv6Only }),
    ...(recvBufferSize !== undefined && { recvBufferSize }),
    ...(sendBufferSize !== undefined && { sendBufferSize }),
    lookup: lookupAtOnce,
  });
  try {
    await attach(socket, role, target, address);
    applyDatagramOptions(socket, options);
    if (role === 'receive' && isMulticast(host)) {
      join(socket, target, options.multicastInterface);
    }
  } catch (error) {
    socket.close();
    throw error;
  }
  const isUnconnected = role === 'sendToMany' && address !== undefined;
  return { socket, remote: isUnconnected ? { host: address, port } : undefined };
}

/**
 * Answers at once for IP addresses, of which nearly all are. `node:dgram` looks up every destination of
 * every datagram. Its own lookup takes a tick for an IP address too, and the datagram of a socket that
 * closes meanwhile is neither sent nor fails.
 */
const lookupAtOnce: NonNullable<SocketOptions['lookup']> = (host, options, answer) => {
  const family = isIP(host);
  if (family === 0) {
    lookup(host, options, answer);
  } else {
    answer(null, host, family);
  }
};

async function resolve({ host, text }: Address, signal: AbortSignal): Promise<string> {
  const ip = bare(host);
  if (isIP(ip)) {
    return ip;
  }
  try {
    return await lookupOne(host, signal);
  } catch (cause) {
    throw new RemoteCallError(
      `cannot resolve ${text}: ${(cause as NodeJS.ErrnoException).code}`,
      { address: text },
      { code: 'UNAVAILABLE', cause },
    );
  }
}

/** Binds or connects a socket. */
async function attach(
  socket: Socket,
  role: DatagramRole,
  { text, port = 0 }: Address,
  address: string | undefined,
): Promise<void> {
  await new Promise<void>((done, reject) => {
    socket.once('error', (cause: NodeJS.ErrnoException) => {
      const verb = role === 'receive' ? 'bind' : 'connect to';
      reject(
        new RemoteCallError(
          `cannot ${verb} ${text.replace(/\*$/, `${port || '*'}`)}: ${cause.code ?? cause.message}`,
          { address: text, errno: cause.code },
          { code: 'UNAVAILABLE', cause },
        ),
      );
    });
    if (role === 'receive') {
      socket.bind({ port, ...(address !== undefined && { address }) }, done);
    } else if (role === 'sendToMany') {
      socket.bind(0, done);
    } else {
      socket.once('connect', done);
      socket.connect(port, address);
    }
  });
  socket.removeAllListeners('error');
}

function join(socket: Socket, { host, text }: Address, multicastInterface?: string): void {
  try {
    socket.addMembership(bare(host), multicastInterface);
  } catch (cause) {
    const { code: errno = 'UNKNOWN' } = cause as NodeJS.ErrnoException;
    throw new RemoteCallError(
      `cannot join ${text}: ${errno} (option datagramOptions.multicastInterface)`,
      { address: text, errno },
      { code: 'UNAVAILABLE', cause },
    );
  }
}
