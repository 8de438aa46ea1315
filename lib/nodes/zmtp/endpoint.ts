import { unlink } from 'node:fs/promises';
import { type AddressInfo, type ListenOptions, type NetConnectOpts, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { type Address, bare } from '../address.js';
import { bindFreePath, systemPath } from '../ipc-path.js';

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
    const path = address.host;
    await bindFreePath(path, async () => {
      if (!path.startsWith('@')) {
        await unlink(path).catch(() => undefined);
      }
      await listen(server, { path: systemPath(path), backlog });
    });
    return address.text;
  }
  await listen(server, { ...localHost(address.host), port: address.port ?? 0, backlog });
  const { address: ip, family, port } = server.address() as AddressInfo;
  return `tcp://${family === 'IPv6' ? `[${ip}]` : ip}:${port}`;
}

/** How `node:net` takes an address to connect to. */
export function connectOptions({ scheme, host, port = 0, text }: Address): NetConnectOpts {
  if (scheme === 'ipc') {
    return { path: systemPath(host) };
  }
  // libzmq lets one choose where a connection comes from: tcp://source:port;host:port.
  const source = /^tcp:\/\/(.+?)(?::(\d+))?;/.exec(text);
  return {
    host: bare(host),
    port,
    ...(source?.[1] !== undefined && { localAddress: bare(source[1]) }),
    ...(source?.[2] !== undefined && { localPort: Number(source[2]) }),
  };
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
