import { RemoteCallError } from '../../errors/remote-call.error.js';
import type { IdMap } from '../../calls/id-map.js';
import type { RequestTracker } from './request-tracker.js';
import { Deadlines } from '../../calls/deadlines.js';
import type { Link } from '../links/link.js';
import type { LinkPool } from '../links/link-pool.js';
import { unavailable } from './local-errors.js';
import type { OutgoingCall } from './outgoing-call.js';
import type { OutgoingEvent } from './outgoing-event.js';
import { OutgoingRequest } from './outgoing-request.js';

/** Calls whose timeouts are so close, in milliseconds, count as timing out together. */
const TOGETHER = 100;

/** Ends calls whose time is up, and opens links again that seem to be half-open. */
export class CallDeadlines {
  private readonly deadlines: Deadlines<OutgoingCall>;

  constructor(
    private readonly calls: RequestTracker<OutgoingRequest>,
    events: IdMap<OutgoingEvent>,
    private readonly links: Pick<LinkPool, 'names' | 'isReady'>,
  ) {
    this.deadlines = new Deadlines<OutgoingCall>(
      () => [...calls.values(), ...events.values()],
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
    const { link, timeout } = call;
    if (!call.isSent) {
      call.fail(this.notSent(call));
      return;
    }
    if (call instanceof OutgoingRequest) {
      call.failAndCancel(noResponse(call));
      call.route.doubt();
    }
    if (link?.isUp && link.capabilities.ordered && this.isHalfOpen(link, call)) {
      // Reopening ends the others as lost; those made together with this one time out together.
      for (const other of this.calls.values()) {
        if (other.link === link && other.isSent && other.isDueWithin(TOGETHER)) {
          other.fail(noResponse(other));
        }
      }
      link.reopen(`nothing came for ${timeout} ms`);
    }
  }

  private notSent({ method, timeout, link }: OutgoingCall): RemoteCallError {
    const { names, isReady } = this.links;
    const context = { method, timeout };
    const within = `${timeout} ms (option timeout)`;
    if (!link?.isUp && !isReady) {
      const reason = `'${method}' was not sent: no connection to ${names} within ${within}`;
      return unavailable(reason, context);
    }
    const reason = link?.isUp
      ? `'${method}' was not sent: too much has waited for ${link.name} for ${within}`
      : `'${method}' was not sent: ${names} had too much to do to take it within ${within}`;
    return new RemoteCallError(reason, context, { code: 'RESOURCE_EXHAUSTED' });
  }

  /**
   * Whether a link that let a call time out may be half-open, as after another client has taken over
   * its identity. One that received anything since then is not. One that has not been up for the whole
   * time of the call has not had it. One with an older call has time until that call ends.
   */
  private isHalfOpen(link: Link, timedOut: OutgoingCall): boolean {
    return (
      link.receiveCount === timedOut.receivedBefore &&
      performance.now() - link.upSince >= timedOut.timeout &&
      !this.calls.some(
        (call) => call.link === link && call.isSent && call.sequence <= timedOut.sequence,
      )
    );
  }
}

function noResponse({ method, timeout }: OutgoingCall): RemoteCallError {
  return new RemoteCallError(
    `no response to '${method}' within ${timeout} ms (option timeout)`,
    { method, timeout },
    { code: 'DEADLINE_EXCEEDED' },
  );
}
