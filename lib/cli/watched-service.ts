import type { RemoteClient } from '../client/remote-client.js';
import { type ServiceStatus, askStatus } from '../client/reflection.js';
import { membersOf } from './output.js';

/** What is known of a service in one moment. */
export interface Sighting {
  readonly address: string;
  readonly state: 'up' | 'draining' | 'down';
  readonly status?: ServiceStatus | undefined;
  /** How long it took to respond. */
  readonly milliseconds?: number;
  readonly error?: object;
  /** How often another instance responded than before. */
  readonly restarts: number;
}

/** A service that is asked again and again. */
export class WatchedService {
  private instance: string | undefined;
  private restarts = 0;

  constructor(
    private readonly address: string,
    private readonly client: RemoteClient,
  ) {}

  async look(): Promise<Sighting> {
    const { address } = this;
    const startedAt = performance.now();
    try {
      const status = await askStatus(this.client);
      const milliseconds = Number((performance.now() - startedAt).toFixed(3));
      this.recognise(status);
      const state = status?.draining ? 'draining' : 'up';
      return { address, state, status, milliseconds, restarts: this.restarts };
    } catch (error) {
      return { address, state: 'down', error: membersOf(error), restarts: this.restarts };
    }
  }

  private recognise(status: ServiceStatus | undefined): void {
    if (this.instance !== undefined && status && status.instance !== this.instance) {
      this.restarts++;
    }
    this.instance = status?.instance ?? this.instance;
  }
}
