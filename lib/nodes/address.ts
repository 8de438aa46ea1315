import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { RemoteCallError } from '../errors/remote-call.error.js';

/** The transports an address can name. */
export type Scheme = 'tcp' | 'ipc' | 'inproc' | 'memory' | 'udp';

/** An address taken apart. */
export interface Address {
  scheme: Scheme;
  /** The address as libzmq and `node:dgram` take it: `scheme://rest`, with port `0` written as `*`. */
  text: string;
  /** `tcp` and `udp`: a name, an IP address or `*`; `ipc`: a path; `inproc` and `memory`: a name. */
  host: string;
  /** `tcp` and `udp`: 1 to 65,535, or 0 for one that the system chooses. */
  port?: number;
}

const WITH_PORT = /^(tcp|udp):\/\/(?:[^\s;@/]+;)?(\[[^\]\s]+\]|[^\s:/;[\]]+):(\*|\d{1,5})$/;
const HOST_AND_PORT = /^(\[[^\]\s]+\]|[^\s:/;@[\]]+):\d{1,5}$/;
const SEVERAL = /^(tcp|udp):\/\/.+[,\s](tcp|udp):\/\//;
const WITH_NAME = /^(ipc|inproc|memory):\/\/(\S.*)$/s;

/**
 * Reads an address: `tcp://host:port`, `ipc://path`, `inproc://name`, `memory://name` or
 * `udp://host:port`.
 *
 * The port may be `*` or `0` where one binds: the system then chooses a free one. So may the name after
 * `memory://`.
 *
 * @param text the address
 * @param option the option it was given in, for the error
 * @throws {RemoteCallError} `INVALID_ARGUMENT` when the text is no such address
 */
export function parseAddress(text: unknown, option = 'address'): Address {
  if (typeof text === 'string') {
    const withPort = WITH_PORT.exec(text);
    if (withPort) {
      const [, scheme, host, portText] = withPort as unknown as [string, Scheme, string, string];
      const port = portText === '*' ? 0 : Number(portText);
      if (port <= 65_535) {
        const [head] = text.split(/:(?=[^:]*$)/);
        return { scheme, text: `${head}:${port === 0 ? '*' : port}`, host, port };
      }
    }
    const withName = WITH_NAME.exec(text);
    if (withName) {
      const [, scheme, host] = withName as unknown as [string, Scheme, string];
      return { scheme, text, host };
    }
  }
  throw unusable(option, text, `is not an address: ${remedyFor(text)}`);
}

/** Whether a text is the host and port of an address alone: `localhost:5555`. */
export function lacksScheme(text: unknown): text is string {
  return typeof text === 'string' && HOST_AND_PORT.test(text);
}

/**
 * Refuses an address that one cannot connect to.
 *
 * @param given the address as it was written, for the error
 * @throws {RemoteCallError} `INVALID_ARGUMENT` for a host or port that only binding can take
 */
export function requireConnectable(
  { scheme, host, port }: Address,
  option: string,
  given: unknown,
): void {
  if (scheme === 'memory' && host === '*') {
    throw unusable(option, given, 'has no name: * is for binding, which chooses one');
  }
  if (port === 0) {
    throw unusable(option, given, 'names no port: give the port that the other side is bound to');
  }
  if (port !== undefined && host === '*') {
    throw unusable(option, given, 'names no host: * is for binding, to all interfaces');
  }
}

/** Whether the host of an address is a name to look up, and not that of an interface. */
export function hasName({ host, port }: Address): boolean {
  return (
    port !== undefined &&
    host !== '*' &&
    isIP(bare(host)) === 0 &&
    networkInterfaces()[host] === undefined
  );
}

/** Whether a socket needs IPv6 for an address: `*` and names may stand for IPv6 where there is any. */
export function needsIpv6(address: Address): boolean {
  const { scheme, host } = address;
  return (
    scheme === 'tcp' && (host.startsWith('[') || ((host === '*' || hasName(address)) && hasIpv6()))
  );
}

/** The same address with an IP address in the place of its host. */
export function withHost({ text, host }: Address, ip: string): Address {
  const start = text.lastIndexOf(`${host}:`);
  const shown = isIP(ip) === 6 ? `[${ip}]` : ip;
  return parseAddress(`${text.slice(0, start)}${shown}${text.slice(start + host.length)}`);
}

/** An IPv6 address without the brackets that it has in an address. */
export function bare(host: string): string {
  return host.startsWith('[') ? host.slice(1, -1) : host;
}

function hasIpv6(): boolean {
  return Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(({ family }) => family === 'IPv6'),
  );
}

/** What to write instead of a text that is no address. */
function remedyFor(text: unknown): string {
  if (lacksScheme(text)) {
    return `write 'tcp://${text}' or 'udp://${text}'`;
  }
  if (typeof text === 'string' && SEVERAL.test(text)) {
    return "give several as a list of texts: ['tcp://host:port', 'tcp://host:port']";
  }
  return (
    "write 'tcp://host:port' or 'udp://host:port', with a port from 0 to 65535 and nothing after it, " +
    "or 'ipc://path', or within one process 'inproc://name' or 'memory://name'"
  );
}

function unusable(option: string, given: unknown, reason: string): RemoteCallError {
  // No address has a user and a password, but what is meant as a source of addresses may.
  const value = typeof given === 'string' ? given.replace(/:(\/*)\S*@/, ':$1') : given;
  return new RemoteCallError(
    `${option} ${JSON.stringify(value)} ${reason}`,
    { option, value },
    { code: 'INVALID_ARGUMENT' },
  );
}
