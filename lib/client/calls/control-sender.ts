import { EnvelopeMessage } from '../../nodes/sending/envelope-message.js';
import type { RequestId } from '../../protocol/message.js';
import type { MessageWriter } from '../../protocol/message-writer.js';
import type { Link } from '../links/link.js';
import type { LinkRoute } from '../links/link-route.js';
import type { OutgoingRequest } from './outgoing-request.js';

/** Sends what is no call: CANCEL, to servers that are known to understand it, and PONG. */
export class ControlSender {
  /** @param extension whether CANCEL may be sent */
  constructor(
    private readonly writer: MessageWriter,
    private readonly extension: boolean,
  ) {}

  /** Tells the server of a request to forget it, or keeps that until it is known to understand it. */
  cancel({ link, route, id }: OutgoingRequest): void {
    if (!link?.isUp || !this.extension) {
      return;
    }
    if (route.isExtended) {
      this.sendCancel(link, route, id);
    } else {
      route.deferCancel(id);
    }
  }

  /** Sends what was kept until the server there understands it. */
  cancelDeferred(link: Link, route: LinkRoute): void {
    for (const id of route.takeDeferredCancels()) {
      this.sendCancel(link, route, id);
    }
  }

  /** Tells the server there that this client is there. @param token that of its PING */
  pong(link: Link, route: LinkRoute, token: RequestId): void {
    link.post(new EnvelopeMessage(route, this.writer.pong(token), true));
  }

  private sendCancel(link: Link, route: LinkRoute, id: number): void {
    link.post(new EnvelopeMessage(route, this.writer.cancel(id), true));
  }
}
