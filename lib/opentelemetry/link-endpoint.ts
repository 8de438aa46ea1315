/** Where a link leads to. */
export interface LinkEndpoint {
  /** A host, or the path of a Unix socket; undefined where there are several, or none. */
  readonly address?: string;
  readonly port?: number;
}

const NOWHERE: LinkEndpoint = {};

/** The host and the port in the address of a link. */
export function endpointOf(link: string | undefined): LinkEndpoint {
  if (link === undefined) {
    return NOWHERE;
  }
  const [, host, port] = /^(?:tcp|udp):\/\/\[?([^\s,]+?)\]?:(\d+)$/.exec(link) ?? [];
  if (host !== undefined) {
    return { address: host, port: Number(port) };
  }
  const [, path] = /^(?:ipc|inproc):\/\/([^,]+)$/.exec(link) ?? [];
  return path === undefined ? NOWHERE : { address: path };
}
