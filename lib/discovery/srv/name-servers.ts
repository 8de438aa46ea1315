import dns, { BADRESP, FORMERR, NOTFOUND, NOTIMP, REFUSED, SERVFAIL, TIMEOUT } from 'node:dns';
import { bare } from '../../nodes/address.js';
import { lookupName } from '../../nodes/names/name-lookup.js';
import { type NameServer, exchange } from './dns-exchange.js';
import type { Question, Response } from './dns-message.js';

/** Asks for the records of a name. A response may have none of the type that is asked for. */
export type Ask = (question: Question, signal: AbortSignal) => Promise<Response>;

/** The port of name servers, unless another one is given. */
export const DNS_PORT = 53;

/** How long one server is waited for, in milliseconds: at first, and once all others were asked. */
const WAITS: readonly number[] = [1000, 3000];

/** What the status of a response means, in the words of `node:dns`. */
const CODES: Readonly<Record<number, string>> = {
  1: FORMERR,
  2: SERVFAIL,
  3: NOTFOUND,
  4: NOTIMP,
  5: REFUSED,
};

/**
 * Asks name servers one after the other, until one of them knows. That a name does not exist is known, too.
 *
 * @param authority the only server to ask, its host a name or an IP address; undefined for those of the
 *   system, which `dns.getServers()` lists
 * @returns rejects with an error whose `code` is one of `node:dns`, such as `ENOTFOUND`, or one of the
 *   system, such as `ECONNREFUSED`
 */
export function createAsk(authority: NameServer | undefined): Ask {
  return async (question, signal) => {
    const servers = authority ? await serversAt(authority) : systemServers();
    let failure: unknown = dnsError(NOTFOUND, 'this system knows no name server');
    for (const wait of WAITS) {
      for (const server of servers) {
        signal.throwIfAborted();
        try {
          return await askOne(server, question, wait, signal);
        } catch (cause) {
          if (codeOf(cause) === NOTFOUND) {
            throw cause;
          }
          failure = cause;
        }
      }
    }
    throw failure;
  };
}

/** What is wrong, as an error of `node:dns` has it. */
export function dnsError(code: string, message: string, cause?: unknown): NodeJS.ErrnoException {
  return Object.assign(new Error(message, cause === undefined ? {} : { cause }), { code });
}

export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

async function askOne(
  server: NameServer,
  question: Question,
  wait: number,
  signal: AbortSignal,
): Promise<Response> {
  const { host, port } = server;
  const timeout = AbortSignal.timeout(wait);
  let response: Response;
  try {
    response = await exchange(server, question, AbortSignal.any([signal, timeout]));
  } catch (cause) {
    if (timeout.aborted) {
      throw dnsError(TIMEOUT, `${host} port ${port} does not respond within ${wait} ms`, cause);
    }
    throw cause;
  }
  if (response.status !== 0) {
    const code = CODES[response.status] ?? BADRESP;
    throw dnsError(code, `${host} port ${port} responds with status ${response.status}`);
  }
  return response;
}

async function serversAt({ host, port }: NameServer): Promise<readonly NameServer[]> {
  const ips = await lookupName(host);
  return ips.map((ip) => ({ host: ip, port }));
}

function systemServers(): readonly NameServer[] {
  // `dns.setServers` puts another function in its place: one that was imported by its name would be stale.
  return dns.getServers().map(readServer);
}

/** Reads what `dns.getServers()` gives: an IP address, with a port if it is another than that of DNS. */
function readServer(text: string): NameServer {
  const withPort = /^(\[.+\]|[^:]+):(\d+)$/.exec(text);
  return withPort
    ? { host: bare(withPort[1] as string), port: Number(withPort[2]) }
    : { host: text, port: DNS_PORT };
}
