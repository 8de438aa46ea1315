import { socketTypeError } from '../errors/option-error.js';
import { parseAddress } from './address.js';
import { DEFAULT_ENGINE, type Engine } from './engine.js';
import type { EngineNodeOptions } from './engine-node.js';
import { MemoryNode } from './memory/memory-node.js';
import type { Node } from './node.js';
import { type SecurityOption, securityBy } from './security.js';
import type { SendQueueLimits } from './sending/send-limits.js';
import type { SocketType } from './socket-type.js';
import { DatagramNode } from './udp/datagram-node.js';
import type { DatagramOptions } from './udp/datagram-options.js';
import { SocketNode } from './zeromq/socket-node.js';
import { SEND_HIGH_WATER_MARK, type SocketOptions } from './zeromq/socket-options.js';
import { ZmtpNode } from './zmtp/zmtp-node.js';

export { type DatagramOptions, datagramOptions } from './udp/datagram-options.js';
export { DEFAULT_ENGINE, ENGINES, type Engine } from './engine.js';
export type { SendQueueLimits } from './sending/send-limits.js';
export type { SocketOptions } from './zeromq/socket-options.js';

/** Options of the nodes of a client, a server or a router. */
export interface NodeOptions {
  /** The owner of the node. */
  role: 'client' | 'server' | 'router';
  socket: SocketType;
  /** What carries `tcp://` and `ipc://`. Default `DEFAULT_ENGINE`. */
  engine?: Engine;
  /** Encrypts what is sent, where it is for the kind of node. Default none. */
  security?: SecurityOption | undefined;
  /** Addresses to listen on. */
  bind: readonly string[];
  /** Addresses to connect to. */
  connect: readonly string[];
  /** PUB and SUB: whether `follow` will give it other addresses. Default: where it has some to connect to. */
  follows?: boolean;
  /** ZeroMQ: the routing id. Default: none, the peer then makes one up. */
  identity?: string | Uint8Array | undefined;
  /** Options of zeromq.js, by its own names; those of `ZmtpOptions` with the engine `net`. */
  socketOptions?: SocketOptions;
  /** Options of `node:dgram`, by its own names. */
  datagramOptions?: DatagramOptions;
  /** How much may wait to be sent. */
  limits?: SendQueueLimits;
}

/** Makes a node of one kind. This file alone names the kinds. */
type Create = (options: NodeOptions) => Node;

/**
 * Makes one node for all the addresses: any number that one kind of node takes, one `udp://` address.
 * With none it is of the kind that carries `tcp://` and `ipc://`.
 *
 * @throws {RemoteCallError} `INVALID_ARGUMENT` for an address or an option that cannot work
 */
export function createNode(options: NodeOptions): Node {
  const [address] = [...options.bind, ...options.connect];
  const create = address === undefined ? engineNode(options) : kindOf(address, options);
  return create(options);
}

/**
 * Makes the nodes for the addresses: one for all that a ROUTER, a PUB or a SUB has, as far as it is
 * of one kind, one for each connection of a DEALER, which would deal its messages to all of them, and
 * one for each `udp://` address. What a PUB or a SUB `follows` are addresses of `tcp://` and `ipc://`.
 *
 * @throws {RemoteCallError} `INVALID_ARGUMENT` for an address or an option that cannot work
 */
export function createNodes(options: NodeOptions): Node[] {
  const { socket, bind, connect, follows = false } = options;
  if (socket === 'dealer') {
    return connect.map((address) => createNode({ ...options, bind: [], connect: [address] }));
  }
  const isOf =
    (kind: Create) =>
    (address: string): boolean =>
      kindOf(address, options) === kind;
  const shared = [createSocketNode, createZmtpNode, createMemoryNode]
    .map((kind) => ({
      bind: bind.filter(isOf(kind)),
      connect: connect.filter(isOf(kind)),
      follows: follows && kind === engineNode(options),
    }))
    .filter((group) => group.follows || group.bind.length + group.connect.length > 0);
  return [
    ...shared.map((addresses) => createNode({ ...options, ...addresses })),
    ...bind
      .filter(isOf(createDatagramNode))
      .map((address) => createNode({ ...options, bind: [address], connect: [] })),
  ];
}

/** The kind of node for an address. Routers, PUB and SUB are ZeroMQ's own: none is for datagrams. */
function kindOf(
  address: string,
  { role, socket, bind, engine = DEFAULT_ENGINE }: NodeOptions,
): Create {
  const { scheme } = parseAddress(address, bind.includes(address) ? 'bind' : 'connect');
  if (scheme === 'memory') {
    return createMemoryNode;
  }
  if (scheme === 'udp' && role === 'server' && socket !== 'router') {
    throw socketTypeError(
      `'${address}' is for requests and events on a bound server; ` +
        `${socket.toUpperCase()} takes tcp://, ipc:// or inproc://`,
      { socket, address },
    );
  }
  if (scheme === 'udp' && role !== 'router' && socket !== 'pub') {
    return createDatagramNode;
  }
  return scheme === 'inproc' ? createSocketNode : engineNode({ engine });
}

function engineNode({ engine = DEFAULT_ENGINE }: Pick<NodeOptions, 'engine'>): Create {
  return engine === 'net' ? createZmtpNode : createSocketNode;
}

function createSocketNode(options: NodeOptions): Node {
  const { role, socket, socketOptions } = options;
  // A router only forwards, and PUB drops what it has no room for: libzmq's own mark is higher.
  const isQueuedHere = role !== 'router' && (socket === 'dealer' || socket === 'router');
  return new SocketNode({
    ...engineOptions(options),
    socketOptions: {
      ...(isQueuedHere && { sendHighWaterMark: SEND_HIGH_WATER_MARK }),
      ...socketOptions,
    },
  });
}

function createZmtpNode(options: NodeOptions): Node {
  const { socketOptions } = options;
  return new ZmtpNode({ ...engineOptions(options), ...(socketOptions && { socketOptions }) });
}

function engineOptions(options: NodeOptions): EngineNodeOptions {
  const { socket, bind, connect, follows, identity, security, limits } = options;
  return {
    type: socket,
    bind,
    connect,
    ...(follows !== undefined && { follows }),
    ...(identity !== undefined && { identity }),
    security: securityBy('curve', security),
    ...(limits && { limits }),
  };
}

/** Options of sockets have no meaning there: tests may leave those that the app has elsewhere. */
function createMemoryNode({ socket, bind, connect, identity, limits }: NodeOptions): Node {
  return new MemoryNode({
    type: socket,
    bind,
    connect,
    ...(identity !== undefined && { identity }),
    ...(limits && { limits }),
  });
}

function createDatagramNode(options: NodeOptions): Node {
  const { bind, connect, datagramOptions, security, limits } = options;
  return new DatagramNode({
    security: securityBy('udp-key', security),
    ...(bind[0] !== undefined && { bind: bind[0] }),
    ...(connect[0] !== undefined && { connect: connect[0] }),
    ...(datagramOptions && { datagramOptions }),
    ...(limits && { limits }),
  });
}
