import type { DropCounter } from '../../observe/drop-counter.js';
import {
  DESCRIBE_METHOD,
  PING_METHOD,
  RESERVED_PREFIX,
  type ServiceDescription,
  type ServiceStatus,
} from '../../protocol/reserved-methods.js';
import type { IncomingCall } from './incoming-call.js';
import type { RequestReceiverOwner } from './request-receiver.js';
import type { Responder } from './responder.js';

/** What {@link ReservedMethods} tell of. */
export interface ReservedMethodsOwner {
  readonly status: ServiceStatus;
  /** Undefined where the server does not describe itself. */
  readonly description: ServiceDescription | undefined;
}

/**
 * Answers the calls that are for the server itself.
 *
 * They neither wait nor count as calls, so that a server that is full or closes still says so. No
 * handler, hook or observer gets them.
 */
export class ReservedMethods implements RequestReceiverOwner {
  constructor(
    private readonly responder: Responder,
    private readonly drops: DropCounter,
    private readonly owner: ReservedMethodsOwner,
  ) {}

  admit(call: IncomingCall): boolean {
    if (call.id === undefined) {
      this.drops.add('event of a reserved name', () => call.method);
    } else {
      this.answer(call);
    }
    return true;
  }

  streaming(): void {
    // Each has one value.
  }

  settled(): void {
    // Nobody waits for its end.
  }

  released(): void {
    // It has no slot.
  }

  private answer(call: IncomingCall): void {
    const { status, description } = this.owner;
    if (call.method === PING_METHOD) {
      this.responder.respond(call, status);
    } else if (call.method !== DESCRIBE_METHOD) {
      this.unknown(call, `methods that begin with ${RESERVED_PREFIX} are reserved`);
    } else if (description) {
      this.responder.respond(call, description);
    } else {
      this.unknown(call, 'the server does not describe itself; give it reflection: true');
    }
  }

  private unknown(call: IncomingCall, reason: string): void {
    const { method } = call;
    this.responder.reject(call, {
      message: `there is no method '${method}': ${reason}`,
      context: { method },
      code: 'UNIMPLEMENTED',
    });
  }
}
