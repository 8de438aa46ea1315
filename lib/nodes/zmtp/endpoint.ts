import cluster from 'node:cluster';
import { unlink } from 'node:fs/promises';
import { type AddressInfo, type ListenOptions, type Server, Socket, connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { type Address, bare } from '../address.js';
import { bindFreePath, systemPath } from '../ipc-path.js';
import { localSource } from '../local-source.js';

/** Of all sockets. A host that is silent for so long is asked by the system for a sign of life. */
export const SOCKET_OPTIONS = {
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: 10_000,
} as const;

/**
 * Lets a server listen on an address, which has no name to look up.
 *
 * @returns the address, with the port that the system chose
 * @throws the system's error, or EADDRINUSE for a path that is in use
 */
export async function listenOn(server: Server, address: Address, backlog: number): Promise<string> {
  if (address.scheme === 'ipc') {
    await listenAt(server, address.host, backlog);
    return address.text;
  }
  await listen(server, { ...localHost(address.host), port: address.port ?? 0, backlog });
  const { address: ip, family, port } = server.address() as AddressInfo;
  return `tcp://${family === 'IPv6' ? `[${ip}]` : ip}:${port}`;
}

/** Begins to connect to an address. What goes wrong is told by the socket. */
export function connectTo(address: Address): Socket {
  const { scheme, host, port = 0 } = address;
  if (scheme === 'ipc') {
    return connect({ path: systemPath(host), ...SOCKET_OPTIONS });
  }
  try {
    const source = localSource(address, 'connect');
    return connect({ host: bare(host), port, ...source, ...SOCKET_OPTIONS });
  } catch (error) {
    // The network interface that it is to come from is gone.
    return new Socket().destroy(error as Error);
  }
}

/**
 * Whether a socket is connected to itself. That is how TCP connects to a port of this host at which nobody
 * listens, where the system has chosen the same port for this side.
 */
export function isItself({ localAddress, localPort, remoteAddress, remotePort }: Socket): boolean {
  return localPort !== undefined && localPort === remotePort && localAddress === remoteAddress;
}

/**
 * Lets a server listen on an ipc path. The workers of a cluster share it: the path is looked at only where
 * it is taken, for it may be their own.
 */
async function listenAt(server: Server, path: string, backlog: number): Promise<void> {
  const options = { path: systemPath(path), backlog };
  try {
    await listen(server, options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') {
      throw error;
    }
    await bindFreePath(path, async () => {
      if (!path.startsWith('@')) {
        await unlink(path).catch(() => undefined);
      }
      await listen(server, options);
    }).catch((inUse: unknown) => {
      if (cluster.isPrimary) {
        throw inUse;
      }
      // Another worker may have replaced the file that was left behind.
      return listen(server, options);
    });
  }
}

function listen(server: Server, options: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Where to listen: `*` stands for all interfaces, those of IPv6 too where there are any. */
function localHost(host: string): { host?: string } {
  if (host === '*') {
    return {};
  }
  const card = networkInterfaces()[host]?.find(({ family }) => family === 'IPv4');
  return { host: card?.address ?? bare(host) };
}
