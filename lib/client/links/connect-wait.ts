import { RemoteCallError } from '../../errors/remote-call.error.js';
import type { LinkPool } from './link-pool.js';

/** The wait for the first link that is up, which ends once. */
export class ConnectWait {
  /** Settles with the wait. */
  readonly promise: Promise<void>;
  private settle!: { resolve(): void; reject(error: RemoteCallError): void };
  private readonly timer: NodeJS.Timeout | undefined;

  /**
   * @param timeout milliseconds to wait; 0 means no limit
   * @param links whose names and findings the error has
   * @param ended is called when the wait is over, before its promise settles
   */
  constructor(
    timeout: number,
    links: Pick<LinkPool, 'names' | 'findings'>,
    private readonly ended: () => void,
  ) {
    this.promise = new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
    });
    if (timeout > 0) {
      this.timer = setTimeout(() => {
        const { names, findings } = links;
        const message = `no connection to ${names} within ${timeout} ms (option timeout)${findings}`;
        this.reject(new RemoteCallError(message, { timeout }, { code: 'UNAVAILABLE' }));
      }, timeout);
    }
  }

  resolve(): void {
    clearTimeout(this.timer);
    this.ended();
    this.settle.resolve();
  }

  reject(error: RemoteCallError): void {
    clearTimeout(this.timer);
    this.ended();
    this.settle.reject(error);
  }
}
