import { optionError } from '../../errors/option-error.js';
import { bare } from '../../nodes/address.js';
import type { NameServer } from './dns-exchange.js';
import { DNS_PORT } from './name-servers.js';

/** What `dns+srv://` leads to. */
export interface SrvSource {
  /** Whom to ask; undefined for the name servers of the system. */
  readonly authority: NameServer | undefined;
  /** The domain name that has SRV records, without the dot at its end. */
  readonly name: string;
}

/** What the sources begin with that {@link readSrvSource} reads. */
export const SRV_SCHEME = 'dns+srv://';

const SOURCE =
  /^dns\+srv:\/\/(?:(?<host>\[[^\]\s]+\]|[^\s:/;[\]]+)(?::(?<port>\d{1,5}))?\/)?(?<name>[^/]+)$/;

/** A domain name as hosts and services have it: what is sent to a name server has to fit there. */
const DOMAIN_NAME = /^(?=.{1,253}$)[\w-]{1,63}(?:\.[\w-]{1,63})*$/;

export function isDomainName(text: string): boolean {
  return DOMAIN_NAME.test(text);
}

/**
 * Reads `dns+srv://name`, or `dns+srv://host:port/name` with the name server to ask.
 *
 * @param option the option that it was given in, for the error
 * @throws {RemoteCallError} `INVALID_ARGUMENT` for another text
 */
export function readSrvSource(text: string, option: string): SrvSource {
  const { host, port = DNS_PORT, name = '' } = SOURCE.exec(text)?.groups ?? {};
  const bareName = name.replace(/\.$/, '');
  if (!isDomainName(bareName) || !(Number(port) >= 1 && Number(port) <= 65_535)) {
    throw optionError(
      option,
      text,
      "give a domain name that has SRV records, 'dns+srv://_remote._tcp.math.example.com', or with the " +
        "name server to ask 'dns+srv://host:port/_remote._tcp.math.example.com'",
    );
  }
  return {
    name: bareName,
    authority: host === undefined ? undefined : { host: bare(host), port: Number(port) },
  };
}
