import type { RemoteClient, RemoteServer } from 'nestjs-remote';

/** How many calls a client holds, which nothing public shows. */
export function callsHeld(client: RemoteClient): number {
  const { endpoint } = client as unknown as {
    endpoint: { pending: { size: number } };
  };
  return endpoint.pending.size;
}

/** How many requests the servers of a client have room for, as far as it knows. */
export function creditsOf(client: RemoteClient): number[] {
  const { endpoint } = client as unknown as {
    endpoint: { links: { links: { routeTo(address: Buffer): { credit: number } }[] } };
  };
  return endpoint.links.links.map((link) => link.routeTo(Buffer.from('-')).credit);
}

/** How many peers a server remembers. */
export function peersOf(server: RemoteServer): number {
  const { endpoint } = server as unknown as {
    endpoint: { nodes: { peers: unknown[] } };
  };
  return endpoint.nodes.peers.length;
}

/** Whether a client has any socket. */
export function hasSockets(client: RemoteClient): boolean {
  try {
    return client.unwrap<unknown[]>().length > 0;
  } catch {
    return false;
  }
}
