import type { RemoteClient } from '../client/remote-client.js';

/**
 * The services that an app calls, by the names of their clients. Declared once, they type every
 * `InjectRemote` and `Remote`:
 *
 * ```ts
 * declare module 'nestjs-remote' {
 *   interface RemoteServices {
 *     MATH: MathService;
 *   }
 * }
 * ```
 */
export interface RemoteServices {}

/** The name of a client: one of {@link RemoteServices}, or any where none are declared. */
export type RemoteName = keyof RemoteServices extends never
  ? string | symbol
  : keyof RemoteServices;

/** The client of a service that {@link RemoteServices} declares: `Remote<'MATH'>`. */
export type Remote<Name extends keyof RemoteServices> = RemoteClient<RemoteServices[Name]>;
