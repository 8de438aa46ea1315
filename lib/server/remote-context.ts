import { BaseRpcContext } from '@nestjs/microservices';
import type { CallLifetime } from './call-lifetime.js';

/** What a handler may ask about the call it serves: `@Ctx() context: RemoteContext`. */
export class RemoteContext extends BaseRpcContext<
  [
    pattern: string,
    metadata: Record<string, string> | undefined,
    sender: string,
    callArguments: readonly unknown[],
    lifetime: CallLifetime,
  ]
> {
  /** The pattern as the caller sent it. */
  getPattern(): string {
    return this.args[0];
  }

  /** The texts that the caller sent beside the arguments; `undefined` where it sent none. */
  getMetadata(): Record<string, string> | undefined {
    return this.args[1];
  }

  /** Who called: the client's ZeroMQ identity, as text or hex. */
  getSender(): string {
    return this.args[2];
  }

  /** The positional arguments as they came, always an array. */
  getCallArguments(): readonly unknown[] {
    return this.args[3];
  }

  /** Aborts when nobody waits for the answer any more: timed out, cancelled or server closing. */
  getSignal(): AbortSignal {
    return this.args[4].signal;
  }

  /** When the call times out; `undefined` where it never does. */
  getDeadline(): Date | undefined {
    return this.args[4].deadline;
  }
}
