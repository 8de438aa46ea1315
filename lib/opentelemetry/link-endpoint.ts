/** Where a link leads to. */
export interface LinkEndpoint {
  /** A host, or the path of a Unix socket; undefined where there are several, or none. */
  readonly address?: string;
  readonly port?: number;
}

const NOWHERE: LinkEndpoint = {};

/** How many are kept: a client has few links. */
const MOST_KEPT = 256;

const kept = new Map<string, LinkEndpoint>();

/** The host and the port in the address of a link. */
export function endpointOf(link: string | undefined): LinkEndpoint {
  if (link === undefined) {
    return NOWHERE;
  }
  let endpoint = kept.get(link);
  if (!endpoint) {
    if (kept.size === MOST_KEPT) {
      kept.clear();
    }
    endpoint = parse(link);
    kept.set(link, endpoint);
  }
  return endpoint;
}

function parse(link: string): LinkEndpoint {
  const [, host, port] = /^(?:tcp|udp):\/\/\[?([^\s,]+?)\]?:(\d+)$/.exec(link) ?? [];
  if (host !== undefined) {
    return { address: host, port: Number(port) };
  }
  const [, path] = /^(?:ipc|inproc):\/\/([^,]+)$/.exec(link) ?? [];
  return path === undefined ? NOWHERE : { address: path };
}
