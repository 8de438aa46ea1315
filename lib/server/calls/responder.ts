import { RemoteCallError } from '../../errors/remote-call.error.js';
import { EnvelopeMessage } from '../../nodes/sending/envelope-message.js';
import { Envelope } from '../../protocol/envelope.js';
import type { OutgoingError } from '../../protocol/error-object.js';
import type { RequestId } from '../../protocol/message.js';
import type { DropCounter } from '../../observe/drop-counter.js';
import type { ResponseEncoder } from './response-encoder.js';
import type { IncomingCall } from './incoming-call.js';
import type { Peer } from '../peers/peer.js';
import { OutgoingResponse, type ResponseKind, type ResponseOwner } from './outgoing-response.js';
import type { CallTable } from './call-table.js';

/** The answer to a request that comes too late. */
const CLOSING: OutgoingError = {
  message: 'the server is closing',
  context: {},
  code: 'UNAVAILABLE',
};

/** The last answer to a caller that takes its responder too slowly. */
const TOO_SLOW: OutgoingError = {
  message: 'too much waits for the caller',
  context: {},
  code: 'RESOURCE_EXHAUSTED',
};

/**
 * What its handler is told. One for all: an error keeps the objects alive whose methods were running
 * when it was made, and so the answer that was too much.
 */
const TOO_SLOW_REASON = new RemoteCallError(TOO_SLOW.message, {}, { code: 'RESOURCE_EXHAUSTED' });

/** Sends responder: for every request any number of values, then exactly one end. */
export class Responder implements ResponseOwner {
  constructor(
    private readonly encoder: ResponseEncoder,
    private readonly running: CallTable,
    private readonly drops: DropCounter,
  ) {}

  /** Whether the caller takes several values, one by one. */
  streamsTo({ isExtended, id, peer }: IncomingCall): boolean {
    return isExtended && id !== undefined && peer.node.capabilities.ordered;
  }

  /** Resolves when little waits for the caller; undefined where that is so now. */
  whenWritable({ peer }: IncomingCall): Promise<void> | undefined {
    return peer.node.whenWritable(peer);
  }

  /** Sends one of several values. */
  item(call: IncomingCall, value: unknown): void {
    const { id } = call;
    if (id === undefined || !call.awaitsResponse) {
      return;
    }
    const item = this.encoder.item(call, id, value);
    if (item instanceof Envelope) {
      call.items++;
      this.post(call, item, 'item');
    } else {
      this.failAndAbort(call, item);
    }
  }

  /** Answers a request with a value; `undefined` is "no value". */
  respond(call: IncomingCall, result: unknown): void {
    const { id } = call;
    if (id !== undefined && this.running.settle(call)) {
      this.post(call, this.encoder.result(call, id, result), 'answer');
    }
  }

  /** Answers a request with an error. */
  reject(call: IncomingCall, error: OutgoingError): void {
    const { id } = call;
    if (id !== undefined && this.running.settle(call)) {
      this.post(call, this.encoder.error(call, id, error), 'answer');
    }
  }

  /** Answers with an error, and lets the handler know. */
  failAndAbort(call: IncomingCall, error: OutgoingError): void {
    const { message, context, code = 'UNKNOWN' } = error;
    this.reject(call, error);
    call.abort(new RemoteCallError(message, context, { code }));
  }

  /** Ends a call that nobody wants answered any more. */
  cancel(call: IncomingCall, reason: string): void {
    call.isCancelled = true;
    this.running.settle(call);
    call.abort(new RemoteCallError(reason, {}, { code: 'CANCELLED' }));
  }

  /** The server is closing: nothing new is taken. */
  refuse(call: IncomingCall): void {
    this.running.settle(call);
    if (call.id === undefined) {
      this.drops.add('event while closing', () => call.method);
    } else {
      this.post(call, this.encoder.error(call, call.id, CLOSING), 'answer');
    }
  }

  /** Answers a request that could not be understood. */
  malformed(peer: Peer, id: RequestId, reason: string): void {
    peer.node.post(new EnvelopeMessage(peer, this.encoder.malformed(id, reason), false));
  }

  /** Something could not be sent. Where that is for lack of room, its caller is at least told so. */
  lost({ call, kind }: OutgoingResponse, error: RemoteCallError): void {
    const isExhausted = error.code === 'RESOURCE_EXHAUSTED';
    if (kind === 'item') {
      call.items--;
      if (!isExhausted) {
        this.cancel(call, error.message);
        return;
      }
      if (!this.running.settle(call)) {
        return; // Told so already.
      }
    }
    this.drops.add('response not sent', () => `${error.message}: ${call.peer.name}`);
    if (isExhausted && call.id !== undefined) {
      this.post(call, this.encoder.error(call, call.id, TOO_SLOW), 'last resort');
      call.abort(TOO_SLOW_REASON);
    }
  }

  private post(call: IncomingCall, envelope: Envelope, kind: ResponseKind): void {
    call.peer.node.post(new OutgoingResponse(call, envelope, kind, this));
  }
}
