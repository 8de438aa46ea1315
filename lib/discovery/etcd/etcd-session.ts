import { RemoteCallError } from '../../errors/remote-call.error.js';
import type { EtcdAccess } from './etcd-access.js';
import { isOutdatedToken, isWithoutUsers } from './etcd-failure.js';
import { EtcdGateway } from './etcd-gateway.js';

/** Asks etcd as one of its users: logs in when that is needed, and again when a token is outdated. */
export class EtcdSession {
  private readonly gateway: EtcdGateway;
  private token: string | undefined;

  /** @param timeout milliseconds that an endpoint has to answer before the next one is asked */
  constructor(
    private readonly access: EtcdAccess,
    timeout: number,
  ) {
    this.gateway = new EtcdGateway(access.endpoints, timeout);
  }

  /** @throws {RemoteCallError} what etcd answered, or why no endpoint did; the reason of the signal */
  async ask(path: string, body: object, signal: AbortSignal): Promise<unknown> {
    const isKept = this.token !== undefined;
    this.token ??= await this.logIn(signal);
    try {
      return await this.gateway.ask({ path, body, token: this.token }, signal);
    } catch (error) {
      if (!(error instanceof RemoteCallError && isOutdatedToken(error))) {
        throw error;
      }
      this.token = undefined;
      if (!isKept) {
        throw error;
      }
      return this.ask(path, body, signal);
    }
  }

  /**
   * Begins a stream, with the token of the last request.
   *
   * @throws {RemoteCallError} as {@link ask}, until it has begun
   */
  stream(path: string, body: object, signal: AbortSignal): Promise<AsyncGenerator> {
    return this.gateway.stream({ path, body, token: this.token }, signal);
  }

  /** @returns undefined where everybody may use this etcd */
  private async logIn(signal: AbortSignal): Promise<string | undefined> {
    const { access } = this;
    if (access.user === undefined) {
      return undefined;
    }
    const body = { name: access.user, password: access.password() };
    try {
      const answer = await this.gateway.ask({ path: 'auth/authenticate', body }, signal);
      return (answer as { token: string }).token;
    } catch (error) {
      if (error instanceof RemoteCallError && isWithoutUsers(error)) {
        return undefined;
      }
      throw error;
    }
  }
}
