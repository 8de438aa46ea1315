import { socketTypeError } from '../errors/option-error.js';
import { DatagramNode } from '../nodes/udp/datagram-node.js';
import type { Node } from '../nodes/node.js';
import { SocketNode } from '../nodes/zeromq/socket-node.js';
import { SEND_HIGH_WATER_MARK } from '../nodes/zeromq/socket-options.js';
import { parseAddress } from '../nodes/address.js';
import type { ResolvedServerOptions } from './server-options.js';

/**
 * The nodes of a server: a socket for all addresses that it binds, one for each router that it
 * connects to (a DEALER with two connections deals its responses to both), one for each `udp://`.
 *
 * @throws {RemoteCallError} `INVALID_ARGUMENT` for an address or an option that cannot work
 */
export function createNodes(options: ResolvedServerOptions): Node[] {
  const { socket, bind, connect, identity, socketOptions, datagramOptions, codec } = options;
  const createSocketNode = (bindings: readonly string[], connections: readonly string[]): Node =>
    new SocketNode({
      type: socket,
      bind: bindings,
      connect: connections,
      ...(identity && { identity }),
      // Many small values at once are ordinary: what waits is limited in bytes alone.
      limits: { maxMessages: Infinity },
      socketOptions: {
        maxMessageSize: codec.maxPayload,
        ...(socket !== 'sub' && { sendHighWaterMark: SEND_HIGH_WATER_MARK }),
        ...socketOptions,
      },
    });
  if (socket === 'dealer') {
    return connect.map((address) => createSocketNode([], [requireSocket(address, options)]));
  }
  if (socket === 'sub') {
    const requireSockets = (addresses: readonly string[]): string[] =>
      addresses.map((address) => requireSocket(address, options));
    return [createSocketNode(requireSockets(bind), requireSockets(connect))];
  }
  const datagrams = bind.filter(isDatagram);
  const sockets = bind.filter((address) => !isDatagram(address));
  return [
    ...(sockets.length > 0 ? [createSocketNode(sockets, [])] : []),
    ...datagrams.map((address) => new DatagramNode({ bind: address, datagramOptions })),
  ];
}

function isDatagram(address: string): boolean {
  return parseAddress(address, 'bind').scheme === 'udp';
}

function requireSocket(address: string, { socket }: ResolvedServerOptions): string {
  if (parseAddress(address).scheme === 'udp') {
    throw socketTypeError(
      `'${address}' is for requests and events on a bound server; ` +
        `${socket.toUpperCase()} takes tcp://, ipc:// or inproc://`,
      { socket, address },
    );
  }
  return address;
}
