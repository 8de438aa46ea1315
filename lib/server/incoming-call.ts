import type { RemoteCallError } from '../errors/remote-call.error.js';
import type { Node, OutgoingMessage } from '../nodes/node.js';
import type { RequestId } from '../protocol/message.js';
import { CallLifetime } from './call-lifetime.js';

/** Where a message came from, and so where its answer goes. */
export interface Origin {
  node: Node;
  /** The first frame: the identity of a ROUTER's peer, the sender on a DEALER, the topic on SUB. */
  sender: Buffer;
  /** ROUTER: the address frame that the client put, echoed to it. */
  returnAddress: Buffer | undefined;
}

/** Whoever keeps account of a running call. */
export interface CallOwner {
  /** Its handler has really ended. */
  released(call: IncomingCall): void;
}

/** A request or an event from its arrival to the end of its handler. */
export class IncomingCall {
  readonly lifetime: CallLifetime;
  /** Called when nobody waits for the answer any more. Set by whoever runs the handler. */
  aborted: (() => void) | undefined;
  timer: NodeJS.Timeout | undefined;
  private isReleased = false;

  /**
   * @param id of a request; undefined for an event
   * @param isExtended whether a header came with it, so that one may go back
   * @param timeout milliseconds until its first value; 0 means none
   */
  constructor(
    readonly origin: Origin,
    readonly id: RequestId | undefined,
    readonly method: string,
    readonly args: readonly unknown[],
    readonly metadata: Record<string, string> | undefined,
    readonly isExtended: boolean,
    timeout: number,
    private readonly owner: CallOwner,
  ) {
    this.lifetime = new CallLifetime(timeout);
  }

  /** Tells the handler that it is over: aborts its signal and unsubscribes its Observable. */
  abort(reason: RemoteCallError): void {
    this.lifetime.abort(reason);
    this.aborted?.();
  }

  /** Gives its slot back, once. */
  release(): void {
    if (!this.isReleased) {
      this.isReleased = true;
      this.owner.released(this);
    }
  }
}

/** An answer on its way out. */
export class Reply implements OutgoingMessage {
  readonly abandoned = false;

  constructor(
    private readonly origin: Origin,
    private readonly payload: Buffer,
    private readonly lost: (error: RemoteCallError) => void,
  ) {}

  get address(): Buffer {
    return this.origin.sender;
  }

  get size(): number {
    return this.payload.byteLength;
  }

  frames(): readonly Uint8Array[] {
    const { returnAddress } = this.origin;
    return returnAddress ? [returnAddress, this.payload] : [this.payload];
  }

  sent(): void {
    // Whether it arrives is for the caller's timeout to find out.
  }

  failed(error: RemoteCallError): void {
    this.lost(error);
  }
}
