import { RemoteCallError } from '../../errors/remote-call.error.js';
import type { Node } from '../../nodes/node.js';
import { UNREACHABLE } from '../../protocol/wire-constants.js';
import { isOwnClient, renderIdentity } from '../../protocol/identity.js';
import {
  type CancelMessage,
  type Header,
  type MalformedMessage,
  type Message,
  MessageType,
  type NotificationMessage,
  type RequestMessage,
} from '../../protocol/message.js';
import type { MessageReader } from '../../protocol/message-reader.js';
import type { CallObserver } from '../../observe/call-observer.js';
import type { CallTrace } from '../../observe/call-trace.js';
import { isReserved } from '../../protocol/reserved-methods.js';
import type { DropCounter } from '../../observe/drop-counter.js';
import type { ControlMessages } from './control-messages.js';
import type { Responder } from './responder.js';
import { type Arrival, type CallOwner, IncomingCall } from './incoming-call.js';
import type { Peer } from '../peers/peer.js';
import { PeerTable } from '../peers/peer-table.js';
import type { ResolvedServerOptions } from '../server-options.js';

/** The longest identity of ZeroMQ, in bytes. */
const LONGEST_ADDRESS = 255;

/** How much work a refused call makes, compared with one that is taken. */
const REFUSAL_WORK = 1 / 8;

/** What takes the calls of a {@link RequestReceiver}. */
export interface RequestReceiverOwner extends CallOwner {
  /** A request or an event has arrived. @returns false where it is refused */
  admit(call: IncomingCall): boolean;
}

/** Receives the messages of one node: finds the peer, and turns requests and events into calls. */
export class RequestReceiver {
  readonly peers: PeerTable<IncomingCall>;

  /** @param reserved takes the calls of reserved methods, `owner` all others */
  constructor(
    private readonly node: Node,
    private readonly options: ResolvedServerOptions,
    private readonly reader: MessageReader,
    private readonly responder: Responder,
    private readonly control: ControlMessages,
    private readonly drops: DropCounter,
    private readonly observer: CallObserver,
    private readonly owner: RequestReceiverOwner,
    private readonly reserved: RequestReceiverOwner,
  ) {
    this.peers = new PeerTable<IncomingCall>(node, options.limits.maxPeers);
  }

  /** Receives one message. @returns how many envelopes it held; those that were refused count less */
  receive(sender: Buffer, frames: Buffer[]): number {
    const isDatagram = !this.node.capabilities.multipart;
    const [first, second] = frames;
    if (first === undefined || (frames.length === 1 && first.length === 0)) {
      if (isDatagram) {
        this.drops.add('empty message', () => `from ${renderIdentity(sender)}`);
      } else {
        this.forget(sender);
        this.greet(sender);
      }
      return 1;
    }
    if (this.options.socket !== 'router' || isDatagram) {
      return this.payload(sender, undefined, first, frames.slice(1));
    }
    if (second === undefined) {
      this.drops.add('wrong number of frames', () => `from ${renderIdentity(sender)}`);
      return 1;
    }
    if (first.length > LONGEST_ADDRESS) {
      this.drops.add('address too long', () => `from ${renderIdentity(sender)}`);
      return 1;
    }
    return this.payload(sender, first, second, frames.slice(2));
  }

  private payload(
    sender: Buffer,
    returnAddress: Buffer | undefined,
    payload: Buffer,
    frames: Buffer[],
  ): number {
    if (frames[0]?.equals(UNREACHABLE)) {
      this.drops.add('response to an unreachable client', () => renderIdentity(sender));
      this.peers.of(sender).forEach((peer) => peer.missed());
      return 1;
    }
    const { messages, malformed } = this.reader.read(payload, frames);
    const now = performance.now();
    const peer = this.peers.heard(sender, returnAddress, now);
    // The envelopes after the first may leave out their headers.
    const isExtended = this.options.extension && messages[0]?.header !== undefined;
    const bytes = frames.reduce((sum, { length }) => sum + length, payload.length);
    this.observer.stats.bytesIn += bytes;
    // All shares together are no more than what came: responses may be limited by them.
    const size = Math.floor(bytes / (messages.length + (malformed ? 1 : 0)));
    const arrival: Arrival = { peer, isExtended, at: now, size };
    let work = 0;
    for (const message of messages) {
      work += this.message(arrival, message) ? 1 : REFUSAL_WORK;
    }
    if (malformed) {
      this.malformed(peer, malformed, size);
    }
    return work;
  }

  /** @returns false for a call that is refused */
  private message(arrival: Arrival, message: Message): boolean {
    const { peer } = arrival;
    switch (message.type) {
      case MessageType.REQUEST:
        if (this.options.socket === 'sub') {
          this.drops.add('request on SUB', () => message.method);
          return true;
        }
        return this.call(arrival, message, message.id);
      case MessageType.NOTIFICATION:
        return this.call(arrival, message, undefined);
      case MessageType.CANCEL:
        this.cancel(peer, message);
        return true;
      case MessageType.PING:
        if (this.options.extension) {
          this.control.pong(peer, message.token);
        }
        return true;
      case MessageType.PONG:
        this.control.ponged(peer, message.token);
        return true;
      default:
        this.drops.add('response to no call', () => `type ${message.type} from ${peer.name}`);
        return true;
    }
  }

  private call(
    arrival: Arrival,
    message: RequestMessage | NotificationMessage,
    id: IncomingCall['id'],
  ): boolean {
    const { peer, isExtended } = arrival;
    peer.speaks(isExtended ? 'extended' : 'base');
    const { observer } = this;
    const { method, args, header } = message;
    const isForServer = isReserved(method);
    const owner = isForServer ? this.reserved : this.owner;
    const kind = id === undefined ? 'event' : 'request';
    const isWatched = observer.isWatched(kind) && !isForServer;
    // A request that repeats the id of a running one is dropped.
    if (!isWatched || (id !== undefined && peer.requests.get(id))) {
      return owner.admit(callOf(arrival, message, id, owner));
    }
    const metadata = isExtended ? metadataOf(header) : undefined;
    const trace = observer.trace({ kind, method, args, metadata, peer: peer.name });
    // A call keeps the async context that it is made in.
    return trace.handle(() => owner.admit(callOf(arrival, message, id, owner, trace)));
  }

  /** The caller no longer wants the response. */
  private cancel(peer: Peer<IncomingCall>, { id }: CancelMessage): void {
    const call = peer.requests.get(id);
    if (call && this.options.extension) {
      call.cancel(cancelled('the caller cancelled the call'));
    }
  }

  private malformed(
    peer: Peer<IncomingCall>,
    { reason, type, id }: MalformedMessage,
    size: number,
  ): void {
    this.drops.add('malformed message', () => `${reason}, from ${peer.name}`);
    if (type === MessageType.REQUEST && id !== undefined && this.options.socket !== 'sub') {
      this.responder.malformed(peer, id, reason, size);
    }
  }

  /** To a client that has just gone, the greeting goes nowhere. */
  private greet(sender: Buffer): void {
    const { extension, socket } = this.options;
    if (extension && socket === 'router' && isOwnClient(sender)) {
      this.control.greet(this.node, sender);
    }
  }

  /** An extended sender said hello or goodbye: what it had in flight is over. */
  private forget(sender: Buffer): void {
    // They leave the table, so that no peer is gone through twice, however often its sender says hello.
    for (const peer of this.peers.take(sender)) {
      peer.replaced();
      for (const call of peer.requests.values()) {
        if (call.isExtended) {
          call.cancel(cancelled('the caller is gone'));
        }
      }
    }
  }
}

function callOf(
  arrival: Arrival,
  { method, args, header }: RequestMessage | NotificationMessage,
  id: IncomingCall['id'],
  owner: CallOwner,
  trace?: CallTrace,
): IncomingCall {
  const metadata = arrival.isExtended ? metadataOf(header) : undefined;
  const timeout = (arrival.isExtended && header?.timeout) || 0;
  return new IncomingCall(arrival, id, method, args, metadata, timeout, owner, trace);
}

function cancelled(reason: string): RemoteCallError {
  return new RemoteCallError(reason, {}, { code: 'CANCELLED' });
}

/** What the caller set; never an empty map. */
function metadataOf(header: Header | undefined): Record<string, string> | undefined {
  const metadata = header?.metadata;
  return metadata && Object.keys(metadata).length > 0 ? metadata : undefined;
}
