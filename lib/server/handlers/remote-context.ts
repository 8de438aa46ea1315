import { BaseRpcContext } from '@nestjs/microservices';
import { brand } from '../../errors/brand.js';
import type { AuthenticatedPeer } from '../../nodes/security.js';
import type { IncomingCall } from '../calls/incoming-call.js';

/** The call that a handler serves: `@Ctx() context: RemoteContext`. */
export class RemoteContext extends BaseRpcContext<[pattern: string, call: IncomingCall]> {
  static {
    brand(this, 'RemoteContext');
  }

  /** The pattern that was called; of an object, its JSON with sorted keys, as Nest normalises it. */
  getPattern(): string {
    return this.args[0];
  }

  /** The texts that the caller sent beside the arguments; `undefined` where it sent none. */
  getMetadata(): Record<string, string> | undefined {
    return this.args[1].metadata;
  }

  /** Who called: the client's ZeroMQ identity, as text or hex; `host:port` on UDP. */
  getSender(): string {
    return this.args[1].peer.name;
  }

  /**
   * Who called, as its key proves: its name in `allow`, and its public key. `undefined` where no key
   * says so: without `security`, behind a router, and with the engine `'zeromq'`.
   */
  getPeer(): AuthenticatedPeer | undefined {
    return this.args[1].peer.authenticated;
  }

  /** The positional arguments as they came, always an array. */
  getCallArguments(): readonly unknown[] {
    return this.args[1].args;
  }

  /** Aborts when the response is no longer awaited: cancelled, timed out or server closing. */
  getSignal(): AbortSignal {
    return this.args[1].signal;
  }

  /** When the call times out; `undefined` where it never does. */
  getDeadline(): Date | undefined {
    return this.args[1].deadline;
  }
}
