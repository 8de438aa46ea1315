import { Heartbeat, type HeartbeatOwner } from '../../calls/heartbeat.js';
import { Ping } from '../../nodes/sending/ping.js';
import type { MessageWriter } from '../../protocol/message-writer.js';
import { renderIdentity } from '../../protocol/identity.js';
import type { Link } from '../links/link.js';
import type { LinkRoute } from '../links/link-route.js';
import { unavailable } from './local-errors.js';
import type { OutgoingRequest } from './outgoing-request.js';
import type { RequestTracker } from './request-tracker.js';

/** A route that a call has timed out on. */
interface Doubt {
  readonly link: Link;
  /** When, on the clock of `performance.now()`. What comes later dispels it. */
  readonly since: number;
}

/**
 * Notices servers that are gone without a word while calls are in flight there, or after one has
 * timed out.
 *
 * A direct link is made anew then, which ends its calls. A link to a router stays: only the calls of
 * the service that is gone are ended.
 */
export class RouteHeartbeat implements HeartbeatOwner<LinkRoute> {
  private readonly heartbeat: Heartbeat<LinkRoute>;
  /** The links of the routes that are watched. */
  private links = new Map<LinkRoute, Link>();
  /** Where calls have timed out, and nothing has come since. */
  private readonly doubts = new Map<LinkRoute, Doubt>();
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
    this.doubts.clear();
  }

  /**
   * A call has timed out on a route: asks at once whether its peer is there, and watches it until
   * something comes.
   *
   * @returns whether the peer can be asked
   */
  ask(link: Link, { address }: LinkRoute): boolean {
    const route = link.routeTo(address);
    const canAsk = this.heartbeat.isOn && link.capabilities.ordered && route.answersPings;
    const { since = -Infinity } = this.doubts.get(route) ?? {};
    if (canAsk && route.heardAt >= since) {
      this.doubts.set(route, { link, since: performance.now() });
      this.heartbeat.start();
      link.post(this.nextPing(route));
    }
    return canAsk;
  }

  /** A call that is not sent yet will be: it counts too. */
  get isExpecting(): boolean {
    return this.calls.size > 0 || this.doubts.size > 0;
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
    for (const [route, { link, since }] of this.doubts) {
      const isPresent = link.isUp && link.routeTo(route.address) === route;
      if (isPresent && route.answersPings && route.heardAt < since) {
        this.links.set(route, link);
      } else {
        this.doubts.delete(route);
      }
    }
    return this.links.keys();
  }

  ping(route: LinkRoute): Ping {
    const ping = this.nextPing(route);
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

  private nextPing(route: LinkRoute): Ping {
    return new Ping(route, this.writer.ping(this.pings++ >>> 0));
  }

  /** Ends the calls in flight on a route. */
  private end(link: Link, route: LinkRoute, reason: string): void {
    const service = renderIdentity(route.address);
    for (const call of this.calls.values()) {
      if (call.link === link && call.isSent && call.route.peer === route.peer) {
        call.lose(
          unavailable(`the service '${service}' behind ${link.name} is gone: ${reason}`, {
            address: service,
            method: call.method,
          }),
        );
      }
    }
  }
}
