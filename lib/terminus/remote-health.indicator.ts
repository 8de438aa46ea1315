import { Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { type Asker, askStatus } from '../client/reflection.js';
import { RemoteCallError } from '../errors/remote-call.error.js';

/** Options of {@link RemoteHealthIndicator.isHealthy}. */
export interface RemoteHealthOptions {
  /** Milliseconds to wait for the response. Default 1000; 0 means no limit. */
  timeout?: number;
  /** The identity of the service behind a router. Default: that of the client. */
  address?: string | Uint8Array;
}

/**
 * Tells terminus whether a service responds.
 *
 * ```ts
 * this.health.check([() => this.remote.isHealthy('math', this.math, { timeout: 500 })]);
 * ```
 *
 * It asks the service itself, not the router before it. The question waits for nothing that the
 * service has to do, and no handler gets it.
 */
@Injectable()
export class RemoteHealthIndicator {
  constructor(private readonly healthIndicatorService: HealthIndicatorService) {}

  /**
   * Asks a service whether it is there.
   *
   * @param key the name of the service in the result
   * @param client that calls the service, of any methods
   * @returns `up` with `uptime` and `inFlight` where the service has them; `down` with `message` and
   *   `code` where it does not respond or closes
   * @throws {RemoteCallError} `INVALID_ARGUMENT` for an option that cannot be
   */
  async isHealthy<const Key extends string>(
    key: Key,
    client: Asker,
    { timeout = 1000, address }: RemoteHealthOptions = {},
  ): Promise<HealthIndicatorResult<Key>> {
    const indicator = this.healthIndicatorService.check(key);
    try {
      const status = await askStatus(client, {
        timeout,
        ...(address !== undefined && { address }),
      });
      if (status?.draining) {
        return indicator.down({ message: 'the server is closing', code: 'UNAVAILABLE' });
      }
      return status
        ? indicator.up({ uptime: status.uptime, inFlight: status.inFlight })
        : indicator.up();
    } catch (error) {
      if (!(error instanceof RemoteCallError) || error.code === 'INVALID_ARGUMENT') {
        throw error;
      }
      return indicator.down({ message: error.message, code: error.code });
    }
  }
}
