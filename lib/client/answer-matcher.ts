import { RemoteCallError } from '../errors/remote-call.error.js';
import { renderIdentity } from '../protocol/identity.js';
import { type MalformedMessage, type Message, MessageType } from '../protocol/message.js';
import type { MessageReader } from '../protocol/message-reader.js';
import type { RequestTracker } from '../protocol/request-tracker.js';
import type { DropCounter } from '../reporting/drop-counter.js';
import type { Link } from './link.js';
import type { PendingCall } from './pending.js';

/** The third frame of a message that a router could not deliver (protocol.md 2.5). */
const UNREACHABLE = Buffer.from('unreachable');

/**
 * Takes in what comes to a client, and ends the calls that it answers. An answer counts only on the
 * link, and with the address frame, that its request left with.
 */
export class AnswerMatcher {
  /** @param extension whether headers are looked at */
  constructor(
    private readonly reader: MessageReader,
    private readonly calls: RequestTracker<PendingCall>,
    private readonly drops: DropCounter,
    private readonly extension: boolean,
  ) {}

  /** Takes one message in. */
  take(link: Link, address: Buffer, [payload, mark]: readonly Buffer[]): void {
    if (!payload && address.length === 0) {
      return; // The greeting of a bound DEALER, as a Python service may be.
    }
    if (!payload || payload.length === 0) {
      this.drops.add('empty message');
      return;
    }
    const { messages, malformed } = this.reader.read(payload);
    const isBounced = mark?.equals(UNREACHABLE) ?? false;
    for (const message of messages) {
      if (isBounced) {
        this.bounced(link, address, message);
      } else {
        this.answer(link, address, message);
      }
    }
    if (malformed && !isBounced) {
      this.malformed(link, address, malformed);
    }
  }

  private answer(link: Link, address: Buffer, message: Message): void {
    if (message.type !== MessageType.RESPONSE) {
      this.drops.add('not an answer', () => `a ${message.method} from ${link.name}`);
      return;
    }
    if (!this.extension) {
      delete message.header; // A server sends one to base clients too, who never look.
    }
    this.callOf(link, address, message.id)?.answer(message);
  }

  private malformed(link: Link, address: Buffer, { reason, type, id }: MalformedMessage): void {
    this.drops.add('malformed message', () => `${reason}, from ${link.name}`);
    if (type === MessageType.RESPONSE) {
      this.callOf(link, address, id)?.fail(
        new RemoteCallError(
          `malformed response: ${reason}`,
          { address: link.name },
          { code: 'INTERNAL' },
        ),
      );
    }
  }

  /** A router could not deliver this: nobody has executed it, and nobody will. */
  private bounced(link: Link, address: Buffer, message: Message): void {
    const name = renderIdentity(address);
    if (message.type !== MessageType.REQUEST) {
      this.drops.add('unreachable', () => name);
      return;
    }
    this.callOf(link, address, message.id)?.fail(
      new RemoteCallError(
        `no service '${name}' is connected to the router at ${link.name}`,
        { address: name, method: message.method },
        { code: 'UNAVAILABLE' },
      ),
    );
  }

  private callOf(link: Link, address: Buffer, id: unknown): PendingCall | undefined {
    const call = typeof id === 'number' ? this.calls.get(id) : undefined;
    if (call && call.link === link && (link.isDatagram || call.address.equals(address))) {
      return call;
    }
    if (typeof id === 'number' && this.calls.isRetired(id)) {
      this.drops.count('late answer');
    } else {
      this.drops.add('answer to no call', () => `from ${link.name}`);
    }
    return undefined;
  }
}
