import { lookup } from 'node:dns/promises';
import { unlink } from 'node:fs/promises';
import { type ListenOptions, type NetConnectOpts, type Server, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { RemoteCallError } from '../../errors/remote-call.error.js';
import { type Address, parseAddress } from '../address.js';
import { bindFreePath, systemPath } from '../ipc-path.js';

/** Of all sockets. A host that is silent for so long is asked by the system for a sign of life. */
export const SOCKET_OPTIONS = {
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: 10_000,
} as const;

/**
 * Reads an address of this engine.
 *
 * @param option the option it was given in, for the error
 * @throws {RemoteCallError} `INVALID_ARGUMENT` where it is none, or neither `tcp://` nor `ipc://`
 */
export function netAddress(text: string, option: string): Address {
  const address = parseAddress(text, option);
  if (address.scheme !== 'tcp' && address.scheme !== 'ipc') {
    const kind = address.scheme === 'udp' ? 'a UDP address' : 'an inproc:// address';
    throw new RemoteCallError(
      `${option} '${text}' is ${kind}: the engine net takes tcp:// and ipc://`,
      { option, value: text },
      { code: 'INVALID_ARGUMENT' },
    );
  }
  return address;
}

/**
 * Lets a server listen on an address.
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
  const host = await localHost(unbracketed(address.host));
  await listen(server, { host, port: address.port ?? 0, backlog });
  const { port } = server.address() as { port: number };
  return `tcp://${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

/** How `node:net` takes an address to connect to. */
export function connectOptions({ scheme, host, port = 0, text }: Address): NetConnectOpts {
  if (scheme === 'ipc') {
    return { path: systemPath(host) };
  }
  // libzmq lets one choose where a connection comes from: tcp://source:port;host:port.
  const source = /^tcp:\/\/(.+?)(?::(\d+))?;/.exec(text);
  return {
    host: unbracketed(host),
    port,
    ...(source?.[1] !== undefined && { localAddress: unbracketed(source[1]) }),
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

/** The IP address of a host that is to be bound: `*`, the name of an interface or of this machine. */
async function localHost(host: string): Promise<string> {
  if (host === '*') {
    return '0.0.0.0';
  }
  if (isIP(host) !== 0) {
    return host;
  }
  const card = networkInterfaces()[host]?.find(({ family }) => family === 'IPv4');
  return card?.address ?? (await lookup(host, { family: 4 })).address;
}

function unbracketed(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}
