import type { RemoteClient, RemoteClientOptions } from 'nestjs-remote';
import { expect } from 'vitest';
import { createClient } from '../support/nest.js';
import { type RunningRouter, startRouter } from './peers.js';

/** Binds two routers that are closed when the test has finished. */
export async function startPair(): Promise<[RunningRouter, RunningRouter]> {
  return [await startRouter(), await startRouter()];
}

/** A client of all these routers, whose links are up. */
export async function clientOf(
  frontends: readonly string[],
  options: Omit<RemoteClientOptions, 'connect'> = {},
): Promise<RemoteClient> {
  const client = createClient({ connect: frontends, ...options });
  await client.connect();
  await expect
    .poll(() => client.links.map(({ state }) => state))
    .toEqual(frontends.map(() => 'ready'));
  return client;
}

/** Resolves when each of these routers passes calls of a method on to a service. */
export async function areServed(
  frontends: readonly string[],
  address: string,
  method = 'echo',
): Promise<void> {
  for (const connect of frontends) {
    const client = createClient({ connect, address });
    const isServed = (): Promise<boolean> =>
      client.issueCall(method, [1, 2]).then(
        () => true,
        () => false,
      );
    await expect.poll(isServed).toBe(true);
    await client.close();
  }
}
