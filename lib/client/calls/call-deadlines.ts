import { RemoteCallError } from '../../errors/remote-call.error.js';
import type { LinkedList } from '../../calls/linked-list.js';
import type { RequestTracker } from './request-tracker.js';
import { Deadlines } from '../../calls/deadlines.js';
import type { Link } from '../links/link.js';
import type { LinkPool } from '../links/link-pool.js';
import { unavailable } from './local-errors.js';
import type { OutgoingCall } from './outgoing-call.js';
import type { OutgoingEvent } from './outgoing-event.js';
import { OutgoingRequest } from './outgoing-request.js';
import type { RouteHeartbeat } from './route-heartbeat.js';

/** Ends calls whose time is up, and opens links again that seem to be half-open. */
export class CallDeadlines {
  private readonly deadlines: Deadlines<OutgoingCall>;

  constructor(
    private readonly calls: RequestTracker<OutgoingRequest>,
    events: LinkedList<OutgoingEvent>,
    private readonly links: Pick<LinkPool, 'names' | 'findings' | 'isReady'>,
    private readonly heartbeat: Pick<RouteHeartbeat, 'ask'>,
  ) {
    this.deadlines = new Deadlines<OutgoingCall>(
      () => [...calls.values(), ...events.all()],
      (call) => this.expire(call),
    );
  }

  /** Ends a call when its time is up. */
  watch(call: OutgoingCall): void {
    if (call.dueAt > 0) {
      this.deadlines.watch(call);
    }
  }

  stop(): void {
    this.deadlines.stop();
  }

  private expire(call: OutgoingCall): void {
    if (!call.isSent) {
      const loss = call instanceof OutgoingRequest ? call.loss : undefined;
      call.fail(loss ?? this.notSent(call));
      return;
    }
    const { link, route, timeout } = call;
    link?.health.timedOut();
    if (call instanceof OutgoingRequest) {
      call.failAndCancel(noResponse(call));
      route.doubt();
    }
    if (link?.isUp && link.capabilities.ordered && wasSilent(link, call)) {
      // A peer that can be asked is; of another, the last call in flight says most.
      if (!this.heartbeat.ask(link, route) && !this.hasCalls(link)) {
        link.reopen(`nothing came for ${timeout} ms`);
      }
    }
  }

  private notSent({ method, timeout, link }: OutgoingCall): RemoteCallError {
    const { names, findings, isReady } = this.links;
    const context = { method, timeout };
    const within = `${timeout} ms (option timeout)`;
    if (!link?.isUp && !isReady) {
      const reason = `'${method}' was not sent: no connection to ${names} within ${within}${findings}`;
      return unavailable(reason, context);
    }
    const reason = link?.isUp
      ? `'${method}' was not sent: too much has waited for ${link.name} for ${within}`
      : `'${method}' was not sent: ${names} had too much to do to take it within ${within}`;
    return new RemoteCallError(reason, context, { code: 'RESOURCE_EXHAUSTED' });
  }

  /** Whether calls are in flight on a link: each has its own time, and must not end with another. */
  private hasCalls(link: Link): boolean {
    return this.calls.some((call) => call.link === link && call.isSent);
  }
}

/**
 * Whether nothing came by a link for the whole time of a call that timed out. It may be half-open then,
 * as after another client has taken over its identity. One that was not up all that time may not.
 */
function wasSilent(link: Link, timedOut: OutgoingCall): boolean {
  return (
    link.receiveCount === timedOut.receivedBefore &&
    performance.now() - link.upSince >= timedOut.timeout
  );
}

function noResponse({ method, timeout }: OutgoingCall): RemoteCallError {
  return new RemoteCallError(
    `no response to '${method}' within ${timeout} ms (option timeout)`,
    { method, timeout },
    { code: 'DEADLINE_EXCEEDED' },
  );
}
