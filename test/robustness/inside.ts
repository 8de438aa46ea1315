import type { RemoteClient } from 'nestjs-remote';

/** How many calls a client holds, which nothing public tells. */
export function callsHeld(client: RemoteClient): number {
  const { endpoint } = client as unknown as {
    endpoint: { calls: { size: number }; waiting: { size: number } };
  };
  return Math.max(endpoint.calls.size, endpoint.waiting.size);
}

/** Whether a client has any socket. */
export function hasSockets(client: RemoteClient): boolean {
  try {
    return client.unwrap<unknown[]>().length > 0;
  } catch {
    return false;
  }
}
