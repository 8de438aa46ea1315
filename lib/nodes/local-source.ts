import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { RemoteCallError } from '../errors/remote-call.error.js';
import { type Address, bare } from './address.js';

/** `tcp://source:port;host:port`, where the port of the source may be missing. */
const WITH_SOURCE = /^tcp:\/\/(\[[^\]]+\]|[^:;]+)(?::(\d+|\*))?;/;

/** Where a connection comes from, as `node:net` takes it. Empty where the system chooses. */
export interface LocalSource {
  readonly localAddress?: string;
  readonly localPort?: number;
}

/**
 * Where a connection to an address is to come from, which libzmq lets one choose: an IP address or a
 * network interface of this host.
 *
 * @param option the option that the address was given in, for the error
 * @throws {RemoteCallError} `INVALID_ARGUMENT` where the source is neither
 */
export function localSource(address: Address, option: string): LocalSource {
  const { scheme, text } = address;
  if (scheme !== 'tcp' || !text.includes(';')) {
    return {};
  }
  const [, source = '', port] = WITH_SOURCE.exec(text) ?? [];
  const localAddress = isIP(bare(source)) > 0 ? bare(source) : ofInterface(source, address);
  if (localAddress === undefined) {
    throw new RemoteCallError(
      `${option} '${text}' has no usable source before the semicolon: ` +
        'write an IP address or a network interface of this host',
      { option, value: text },
      { code: 'INVALID_ARGUMENT' },
    );
  }
  return { localAddress, localPort: Number(port ?? 0) || 0 };
}

/** The IP address of a network interface, of the family that the other side has. */
function ofInterface(name: string, { host }: Address): string | undefined {
  const wanted = host.startsWith('[') ? 'IPv6' : 'IPv4';
  return networkInterfaces()[name]?.find(({ family }) => family === wanted)?.address;
}
