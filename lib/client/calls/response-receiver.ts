import { RemoteCallError } from '../../errors/remote-call.error.js';
import { UNREACHABLE } from '../../protocol/wire-constants.js';
import { renderIdentity } from '../../protocol/identity.js';
import { type MalformedMessage, type Message, MessageType } from '../../protocol/message.js';
import type { MessageReader } from '../../protocol/message-reader.js';
import type { DropCounter } from '../../observe/drop-counter.js';
import type { Link } from '../links/link.js';
import type { LinkRoute } from '../links/link-route.js';
import type { ControlSender } from './control-sender.js';
import { unavailable } from './local-errors.js';
import type { OutgoingRequest } from './outgoing-request.js';
import type { RequestTracker } from './request-tracker.js';

/** Gets what a {@link ResponseReceiver} learns of the peers that respond. */
export interface RouteListener {
  /** The router there could not deliver what was sent there. */
  missed(link: Link, address: Buffer): void;
  /**
   * The server there takes no more calls.
   *
   * @param vacated whether who connects to its address anew reaches another one
   */
  goodbye(link: Link, route: LinkRoute, vacated: boolean): void;
  /** The server there says how many requests it has in flight on average. */
  loaded(link: Link, load: number): void;
}

/**
 * Takes in what comes to a client, and ends the calls that it responds to. A response counts only on
 * the link, and with the address frame, that its request left with.
 */
export class ResponseReceiver {
  /** @param extension whether headers are looked at */
  constructor(
    private readonly reader: MessageReader,
    private readonly calls: RequestTracker<OutgoingRequest>,
    private readonly drops: DropCounter,
    private readonly extension: boolean,
    private readonly control: ControlSender,
    private readonly listener: RouteListener,
  ) {}

  /** Takes one message in. @returns how many envelopes it held */
  take(link: Link, address: Buffer, [payload, ...frames]: readonly Buffer[]): number {
    if (!payload && address.length === 0) {
      return 0; // The greeting of a bound DEALER, as a Python service may be.
    }
    if (!payload || payload.length === 0) {
      this.drops.add('empty message');
      return 1;
    }
    const route = link.routeTo(address);
    const isBounced = frames[0]?.equals(UNREACHABLE) ?? false;
    const { messages, malformed } = this.reader.read(payload, isBounced ? [] : frames);
    if (isBounced) {
      route.doubt();
      this.listener.missed(link, address);
      messages.forEach((message) => this.bounced(link, route, address, message));
      return messages.length;
    }
    route.heardAt = performance.now();
    route.expect();
    if (this.extension) {
      this.learn(link, route, messages);
    }
    for (const message of messages) {
      if (this.extension && message.header) {
        route.credit = message.header.credit ?? Infinity;
        this.listenTo(link, route, message.header.load);
      }
      this.takeMessage(link, route, message);
    }
    if (malformed) {
      this.malformed(link, route, malformed);
    }
    return messages.length;
  }

  /** The first envelope of an extended peer always has a header. */
  private learn(link: Link, route: LinkRoute, [first]: readonly Message[]): void {
    if (!first) {
      return;
    }
    if (!first.header) {
      route.forget();
    } else if (
      !route.isExtended &&
      !link.capabilities.oneToMany &&
      route.learn(this.sequenceOf(first))
    ) {
      this.control.cancelDeferred(link, route);
    }
  }

  /** In which order the call that this belongs to was made; -1 where it belongs to none any more. */
  private sequenceOf(message: Message): number {
    if (message.type === MessageType.HELLO) {
      return Infinity; // It greets this connection.
    }
    const call =
      'id' in message && typeof message.id === 'number' ? this.calls.get(message.id) : undefined;
    return call?.sequence ?? -1;
  }

  private takeMessage(link: Link, route: LinkRoute, message: Message): void {
    switch (message.type) {
      case MessageType.RESPONSE:
        if (!this.extension) {
          delete message.header; // A server sends one to base clients too, which ignore it.
        }
        this.callOf(link, route, message.id)?.respond(message);
        break;
      case MessageType.ITEM:
        this.callOf(link, route, message.id)?.item(message.value);
        break;
      case MessageType.GOODBYE:
        this.listener.goodbye(link, route, message.header?.vacated ?? false);
        break;
      case MessageType.HELLO:
        break; // Its header has said it all.
      case MessageType.PING:
        if (this.extension) {
          this.control.pong(link, route, message.token);
        }
        break;
      case MessageType.PONG:
        break; // It has been heard, as any message.
      default:
        this.drops.add('not a response', () => `type ${message.type} from ${link.name}`);
    }
  }

  /** Takes in what a server says of its load; behind a router others share the link with it. */
  private listenTo(link: Link, route: LinkRoute, load: number | undefined): void {
    if (load !== undefined && route.isDirect) {
      this.listener.loaded(link, load / 100);
    }
  }

  private malformed(link: Link, route: LinkRoute, { reason, type, id }: MalformedMessage): void {
    this.drops.add('malformed message', () => `${reason}, from ${link.name}`);
    if (type === MessageType.RESPONSE || type === MessageType.ITEM) {
      this.callOf(link, route, id)?.failAndCancel(
        new RemoteCallError(
          `malformed response: ${reason}`,
          { address: link.name },
          { code: 'INTERNAL' },
        ),
      );
    }
  }

  /** A router could not deliver this message, so no service executes it. */
  private bounced(link: Link, route: LinkRoute, address: Buffer, message: Message): void {
    const name = renderIdentity(address);
    switch (message.type) {
      case MessageType.REQUEST:
        this.callOf(link, route, message.id)?.bounced(
          unavailable(`no service '${name}' is connected to the router at ${link.name}`, {
            address: name,
            method: message.method,
          }),
        );
        break;
      case MessageType.CANCEL:
        break; // Its call has ended in any case.
      case MessageType.PING:
      case MessageType.PONG:
        break; // The service may be on its way back to the router, or have too much to read.
      default:
        this.drops.add('unreachable', () => name);
    }
  }

  private callOf(link: Link, route: LinkRoute, id: unknown): OutgoingRequest | undefined {
    const call = typeof id === 'number' ? this.calls.get(id) : undefined;
    if (call && call.link === link && call.route.peer === route.peer) {
      return call;
    }
    if (typeof id === 'number' && this.calls.isRetired(id)) {
      this.drops.count('late response');
    } else {
      this.drops.add('response to no call', () => `from ${link.name}`);
    }
    return undefined;
  }
}
