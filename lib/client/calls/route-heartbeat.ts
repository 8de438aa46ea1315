import { Heartbeat, type HeartbeatOwner } from '../../calls/heartbeat.js';
import { Ping } from '../../nodes/sending/ping.js';
import type { MessageWriter } from '../../protocol/message-writer.js';
import { renderIdentity } from '../../protocol/identity.js';
import type { Link } from '../links/link.js';
import type { LinkRoute } from '../links/link-route.js';
import { unavailable } from './local-errors.js';
import type { OutgoingRequest } from './outgoing-request.js';
import type { RequestTracker } from './request-tracker.js';

/**
 * Notices servers that are gone without a word while calls are in flight there.
 *
 * A direct link is made anew then, which ends its calls. A link to a router stays: only the calls of
 * the service that is gone are ended.
 */
export class RouteHeartbeat implements HeartbeatOwner<LinkRoute> {
  private readonly heartbeat: Heartbeat<LinkRoute>;
  /** The links of the routes that are watched. */
  private links = new Map<LinkRoute, Link>();
  private pings = 0;

  /** @param interval milliseconds of silence after which a server is asked; 0 means never */
  constructor(
    interval: number,
    private readonly calls: RequestTracker<OutgoingRequest>,
    private readonly writer: MessageWriter,
  ) {
    this.heartbeat = new Heartbeat(interval, this);
  }

  /** A request was made. */
  start(): void {
    this.heartbeat.start();
  }

  stop(): void {
    this.heartbeat.stop();
    this.links.clear();
  }

  expected(): Iterable<LinkRoute> {
    this.links = new Map();
    for (const { isSent, link, route } of this.calls.values()) {
      if (isSent && link?.isUp && link.capabilities.ordered) {
        // A link that forgets its routes makes them anew: messages are heard on the present one.
        const present = link.routeTo(route.address);
        if (present.answersPings) {
          this.links.set(present, link);
        }
      }
    }
    return this.links.keys();
  }

  ping(route: LinkRoute): Ping {
    const ping = new Ping(route, this.writer.ping(this.pings++ >>> 0));
    this.links.get(route)?.post(ping);
    return ping;
  }

  lost(route: LinkRoute): void {
    const link = this.links.get(route);
    const reason = `nothing came for ${this.heartbeat.silence} ms (option heartbeat)`;
    if (route.isDirect) {
      link?.reopen(reason);
    } else if (link) {
      // Another service may take its identity.
      route.forget();
      this.end(link, route, reason);
    }
  }

  /** Ends the calls in flight on a route. */
  private end(link: Link, route: LinkRoute, reason: string): void {
    const service = renderIdentity(route.address);
    for (const call of this.calls.values()) {
      if (call.link === link && call.isSent && call.route.peer === route.peer) {
        call.failAndCancel(
          unavailable(`the service '${service}' behind ${link.name} is gone: ${reason}`, {
            address: service,
            method: call.method,
          }),
        );
      }
    }
  }
}
