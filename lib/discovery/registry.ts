import { optionError } from '../errors/option-error.js';
import type { RemoteCallError } from '../errors/remote-call.error.js';

/** A server that listens. */
export interface ListeningServer {
  /** What it is bound to, with the ports that the system chose. */
  readonly addresses: readonly string[];
  /** Distinguishes this start of the server from all others. */
  readonly instance: string;
}

/** A server that is registered, or will be as soon as that is possible. */
export interface Registration {
  /** What is likely to be wrong with it, for whoever runs the server. It is logged once, as a warning. */
  readonly warning?: string | undefined;
  /**
   * Gives the registration back, so that no client begins to use the server. Until it resolves the server
   * takes calls. Where it takes longer than two seconds, the server does not wait any more.
   */
  end(): Promise<void>;
}

/** Where servers are registered, so that clients find them: `etcd({ … })`, or one of your own. */
export interface Registry {
  /**
   * Registers a server, and keeps it registered until the registration ends. It does so in the background:
   * a registry that is down does not keep a server from serving.
   *
   * @param server listens by now
   * @param failed reports what goes wrong in the background
   * @throws {RemoteCallError} `INVALID_ARGUMENT` for a server that cannot be registered; it does not
   *   listen then
   */
  register(server: ListeningServer, failed: (error: RemoteCallError) => void): Registration;
}

/** The option `register`. */
export function registryOption(option: string, value: Registry | undefined): Registry | undefined {
  const { register } = Object(value) as { register?: unknown };
  if (value !== undefined && typeof register !== 'function') {
    throw optionError(option, value, 'give etcd({ … }), or an object with a method register');
  }
  return value;
}

/**
 * Refuses a registry for what clients do not connect to.
 *
 * @param bind the addresses to listen at
 * @throws {RemoteCallError} `INVALID_ARGUMENT` where there are none, or those of UDP alone
 */
export function requireListening(registry: Registry | undefined, bind: readonly string[]): void {
  if (registry && bind.every((address) => address.startsWith('udp://'))) {
    throw optionError(
      'register',
      'a registry',
      "leave it out, or give bind: 'tcp://host:port'; what connects, and UDP, is not registered",
    );
  }
}
