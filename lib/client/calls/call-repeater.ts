import type { RemoteCallError } from '../../errors/remote-call.error.js';
import type { OutgoingRequest } from './outgoing-request.js';
import type { RequestTracker } from './request-tracker.js';
import type { RetryBudget } from './retry-budget.js';
import { type RetryPolicy, RetryWithinBudget } from './retry-policy.js';

/**
 * Repeats requests that are marked idempotent, after their server was lost or has fallen silent,
 * within their timeout and a budget.
 *
 * A repeated request has an id of its own: nothing that still comes of the earlier one is taken for it.
 */
export class CallRepeater {
  private readonly policy: RetryPolicy;

  /** @param dispatch gives a request to a link, once its pause is over */
  constructor(
    private readonly calls: RequestTracker<OutgoingRequest>,
    budget: RetryBudget,
    private readonly dispatch: (request: OutgoingRequest) => void,
  ) {
    this.policy = new RetryWithinBudget(budget);
  }

  /**
   * Takes a request from its link and has it dispatched after a pause.
   *
   * @param loss what it would end with
   * @returns whether it is repeated; false leaves it as it is
   */
  repeat(request: OutgoingRequest, loss: RemoteCallError): boolean {
    const { id, isIdempotent, state, attempts, dueAt } = request;
    if (!isIdempotent || state !== 'sent') {
      return false; // One whose values have begun cannot begin again.
    }
    const pause = this.policy.next(loss, attempts);
    if (pause === undefined || (dueAt > 0 && performance.now() + pause >= dueAt)) {
      return false;
    }
    const nextId = this.calls.nextId();
    if (!request.repeat(nextId, loss)) {
      return false;
    }
    this.calls.retire(id);
    this.calls.add(nextId, request);
    setTimeout(() => this.dispatch(request), pause).unref();
    return true;
  }
}
