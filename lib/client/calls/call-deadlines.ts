import { RemoteCallError } from '../../errors/remote-call.error.js';
import type { IdMap } from '../../calls/id-map.js';
import type { RequestTracker } from './request-tracker.js';
import { Deadlines } from '../../calls/deadlines.js';
import type { Link } from '../links/link.js';
import { unavailable } from './local-errors.js';
import { type OutgoingCall, OutgoingRequest, type OutgoingEvent } from './outgoing-call.js';

/** Calls whose timeouts are so close, in milliseconds, count as timing out together. */
const TOGETHER = 100;

/** Ends calls and events whose time is up, and opens links anew that seem to have gone deaf. */
export class CallDeadlines {
  private readonly deadlines: Deadlines<OutgoingCall>;

  /**
   * @param names the addresses of all links, for people
   * @param failed is told of a link that cannot be opened anew
   */
  constructor(
    private readonly calls: RequestTracker<OutgoingRequest>,
    events: IdMap<OutgoingEvent>,
    private readonly names: () => string,
    private readonly failed: (error: RemoteCallError) => void,
  ) {
    this.deadlines = new Deadlines<OutgoingCall>(
      () => [...calls.values(), ...events.values()],
      (pending) => this.expire(pending),
    );
  }

  watch(pending: OutgoingCall): void {
    if (pending.dueAt > 0) {
      this.deadlines.watch(pending);
    }
  }

  stop(): void {
    this.deadlines.stop();
  }

  private expire(pending: OutgoingCall): void {
    const { link, timeout } = pending;
    if (!pending.isSent) {
      pending.fail(this.notSent(pending));
      return;
    }
    if (pending instanceof OutgoingRequest) {
      pending.failAndCancel(noAnswer(pending));
      pending.route.forget();
    }
    if (link?.isUp && link.capabilities.ordered && this.isHalfOpen(link, pending)) {
      // Reopening ends the others as lost; those made together with this one time out together.
      for (const call of this.calls.values()) {
        if (call.link === link && call.isSent && call.isDueWithin(TOGETHER)) {
          call.fail(noAnswer(call));
        }
      }
      link.reopen(`nothing came for ${timeout} ms`).catch(this.failed);
    }
  }

  private notSent({ method, timeout, link }: OutgoingCall): RemoteCallError {
    const context = { method, timeout };
    return link?.isUp
      ? new RemoteCallError(
          `'${method}' was not sent: too much has waited for ${link.name} for ${timeout} ms ` +
            '(option timeout)',
          context,
          { code: 'RESOURCE_EXHAUSTED' },
        )
      : unavailable(
          `'${method}' was not sent: no connection to ${this.names()} within ${timeout} ms ` +
            '(option timeout)',
          context,
        );
  }

  /**
   * Whether a link that let a call time out may have gone deaf, as one does whose identity was taken
   * over. One that heard anything since is not, and one with an older call is given until that ends.
   */
  private isHalfOpen(link: Link, timedOut: OutgoingCall): boolean {
    return (
      link.receiveCount === timedOut.receivedBefore &&
      !this.calls.some(
        (call) => call.link === link && call.isSent && call.sequence <= timedOut.sequence,
      )
    );
  }
}

function noAnswer({ method, timeout }: OutgoingCall): RemoteCallError {
  return new RemoteCallError(
    `no response to '${method}' within ${timeout} ms (option timeout)`,
    { method, timeout },
    { code: 'DEADLINE_EXCEEDED' },
  );
}
