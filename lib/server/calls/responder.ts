import { RemoteCallError } from '../../errors/remote-call.error.js';
import { EnvelopeMessage } from '../../nodes/sending/envelope-message.js';
import { Envelope } from '../../protocol/envelope.js';
import type { OutgoingError } from '../../protocol/error-object.js';
import type { RequestId } from '../../protocol/message.js';
import type { CallObserver } from '../../observe/call-observer.js';
import type { DropCounter } from '../../observe/drop-counter.js';
import type { ResponseEncoder } from './response-encoder.js';
import type { IncomingCall } from './incoming-call.js';
import type { Peer } from '../peers/peer.js';
import type { Refusal } from './refusal.js';
import { OutgoingResponse, type ResponseKind, type ResponseOwner } from './outgoing-response.js';
import { NOT_PROVEN, type UnprovenSources } from './unproven-sources.js';

/** The response to a caller that takes its values too slowly. */
const TOO_SLOW: OutgoingError = {
  message: 'too much waits for the caller',
  context: {},
  code: 'RESOURCE_EXHAUSTED',
};

/**
 * Why the handler of a slow caller is aborted. One for all: an error keeps the objects alive whose
 * methods were running when it was made, and so the response that was too much.
 */
const TOO_SLOW_REASON = new RemoteCallError(TOO_SLOW.message, {}, { code: 'RESOURCE_EXHAUSTED' });

/** The response to a base caller whose address may be forged, in the place of one that is too long. */
const UNPROVEN: OutgoingError = {
  message: 'address not proven: the response is too long for it (see docs/udp.md)',
  context: {},
  code: 'PERMISSION_DENIED',
};

/** Sends the responses: for every request any number of values, then exactly one end. */
export class Responder implements ResponseOwner {
  constructor(
    private readonly encoder: ResponseEncoder,
    private readonly drops: DropCounter,
    private readonly unproven: UnprovenSources,
    private readonly observer: CallObserver,
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
    if (id === undefined || !call.isPending) {
      return;
    }
    const item = this.encoder.item(call, id, value);
    if (item instanceof Envelope) {
      call.itemSent();
      call.trace?.item(value);
      this.post(call, item, 'item');
    } else {
      this.failAndAbort(call, item);
    }
  }

  /** Responds with a value; `undefined` is "no value". */
  respond(call: IncomingCall, value: unknown): void {
    const { id } = call;
    if (!call.isPending) {
      return;
    }
    if (call.trace) {
      call.trace.message.result = value;
    }
    if (id === undefined) {
      call.settle('ok');
      return;
    }
    const response = this.encoder.result(call, id, value);
    if (!(response instanceof Envelope)) {
      this.reject(call, response);
    } else if (!call.isExtended && response.size > roomFor(call)) {
      this.tooLong(call);
      this.reject(call, UNPROVEN);
    } else if (call.settle('ok')) {
      this.post(call, response, 'response');
    }
  }

  /** Responds with an error. */
  reject(call: IncomingCall, error: OutgoingError): void {
    const { id } = call;
    if (call.settle(error.code ?? 'UNKNOWN', error) && id !== undefined) {
      const response = this.encoder.error(call, id, error);
      if (call.isExtended || response.size <= roomFor(call)) {
        this.post(call, response, 'response');
        return;
      }
      if (error !== UNPROVEN) {
        this.tooLong(call);
      }
      const short = this.encoder.shortError(id, error.message, roomFor(call));
      if (short) {
        this.post(call, short, 'response');
      }
    }
  }

  /** Responds with an error, and aborts the handler. */
  failAndAbort(call: IncomingCall, error: OutgoingError): void {
    const { message, context, code = 'UNKNOWN' } = error;
    this.reject(call, error);
    call.abort(new RemoteCallError(message, context, { code }));
  }

  /** Refuses a call that has not begun and never will. */
  refuse(call: IncomingCall, { error, counted }: Refusal): void {
    const reason = call.id === undefined ? counted.event : counted.request;
    if (reason !== undefined) {
      this.drops.add(reason, () => `${call.method}: ${error.message}`);
    }
    this.reject(call, error);
  }

  /**
   * Responds to a request that could not be understood.
   *
   * @param size bytes of the request
   */
  malformed(peer: Peer, id: RequestId, reason: string, size: number): void {
    const room = peer.roomFor(size);
    const full = this.encoder.malformed(id, reason);
    const response = full.size <= room ? full : this.encoder.shortError(id, reason, room);
    if (response) {
      peer.node.post(new EnvelopeMessage(peer, response, false));
    }
  }

  sent(bytes: number): void {
    this.observer.stats.bytesOut += bytes;
  }

  /** Something could not be sent. Where that is for lack of room, its caller gets an error at least. */
  lost({ call, kind }: OutgoingResponse, error: RemoteCallError): void {
    const isExhausted = error.code === 'RESOURCE_EXHAUSTED';
    if (kind === 'item') {
      call.itemLost();
      if (!isExhausted) {
        call.cancel(new RemoteCallError(error.message, {}, { code: 'CANCELLED' }));
        return;
      }
      if (!call.settle('RESOURCE_EXHAUSTED', error)) {
        return; // It has its response.
      }
    }
    this.drops.add('response not sent', () => `${error.message}: ${call.peer.name}`);
    if (isExhausted && call.id !== undefined) {
      this.post(call, this.encoder.error(call, call.id, TOO_SLOW), 'last resort');
      call.abort(TOO_SLOW_REASON);
    }
  }

  /** A response is too long for a base caller, who can prove nothing. */
  private tooLong(call: IncomingCall): void {
    this.drops.add(
      NOT_PROVEN,
      () =>
        `'${call.method}' to ${call.peer.name}, which may have ${roomFor(call)} bytes ` +
        '(options security and datagramOptions.amplification)',
    );
  }

  private post(call: IncomingCall, envelope: Envelope, kind: ResponseKind): void {
    const response = new OutgoingResponse(call, envelope, kind, this);
    if (envelope.size <= roomFor(call)) {
      call.peer.node.post(response);
    } else if (call.isExtended) {
      this.unproven.hold(response);
    } else {
      this.tooLong(call);
    }
  }
}

/** How many bytes the response of a call may have. */
function roomFor({ peer, size }: IncomingCall): number {
  return peer.roomFor(size);
}
