import { RemoteCallError } from 'nestjs-remote';
import { ASKED_FOR, nameOf, valueOf } from './behaviour.js';
import { heldBy } from './inside.js';
import type { Observed, ObservedCall } from './observed-call.js';
import type { World } from './world.js';

/** What Nest makes of an error that gets past its filters, as that of a promise without a Nest app. */
const MASKED = 'Internal server error';

/** Every way in which a world that has settled broke the rules; none is right. */
export function violations(world: World): string[] {
  return [
    ...world.calls.flatMap((call) =>
      [...endingsOf(call), ...valuesOf(call), ...reasonsOf(call, world)].map(
        (problem) => `${String(call)}: ${problem}`,
      ),
    ),
    ...world.events.flatMap((event) =>
      endingsOf(event).map((problem) => `${String(event)}: ${problem}`),
    ),
    ...handlersOf(world),
    ...clientsOf(world),
  ];
}

/** A caller hears of one end, or went away and hears of none; a promise that was aborted rejects. */
function endingsOf(observed: Observed): string[] {
  const { endings, isCancelled } = observed;
  const expected = isCancelled && !('plan' in observed && isPromise(observed)) ? 0 : 1;
  return endings.length === expected ? [] : [`ended ${endings.length} times, not ${expected}`];
}

/** The values are the first of those that the handler gave; all of them where the call completed. */
function valuesOf(call: ObservedCall): string[] {
  const { key, plan, values, endings } = call;
  const { behaviour } = plan;
  const given = Array.from({ length: behaviour.count }, (_, index) =>
    nameOf(valueOf(key, index, behaviour)),
  );
  const heard = values.map(nameOf);
  const isWhole = endings.some(
    (ending) => ending.kind === 'completed' || isOfHandler(ending.error),
  );
  if (isPromise(call)) {
    const expected = endings[0]?.kind === 'completed' ? [given.at(-1) ?? 'undefined'] : [];
    return sameLists(heard, expected)
      ? []
      : [`resolved with ${list(heard)}, not ${list(expected)}`];
  }
  const problems: string[] = [];
  if (!sameLists(heard, given.slice(0, heard.length))) {
    problems.push(`heard ${list(heard)}, but was given ${list(given)}`);
  } else if (isWhole && heard.length !== given.length) {
    problems.push(`ended after ${heard.length} of ${given.length} values`);
  }
  return problems;
}

/** A call ends as its handler does, or for a reason that there was. */
function reasonsOf(call: ObservedCall, world: World): string[] {
  const asked = call.plan.behaviour.ending;
  return call.endings.flatMap((ending) => {
    if (ending.kind === 'completed') {
      return asked === 'complete' ? [] : ['completed, and its handler did not'];
    }
    const { error } = ending;
    if (isOfHandler(error)) {
      return asked === 'error' ? [] : ['failed, and its handler did not'];
    }
    return hasReason(error, call, world) ? [] : [`failed without a reason: ${messageOf(error)}`];
  });
}

function hasReason(error: unknown, call: ObservedCall, { disturbances }: World): boolean {
  const hasTimeout = call.plan.timeout > 0;
  const serverClosed = disturbances.has('server closed');
  if (!(error instanceof RemoteCallError)) {
    // `send` emits what a server says as a plain object, without its code.
    return serverClosed || hasTimeout;
  }
  switch (error.code) {
    case 'UNAVAILABLE':
      return disturbances.has('link lost');
    case 'DEADLINE_EXCEEDED':
      return hasTimeout;
    case 'CANCELLED':
      return call.isCancelled || serverClosed || disturbances.has('client closed');
    default:
      return false;
  }
}

/** A handler runs at most once for each call and each event, and ends as often as it began. */
function handlersOf({ ledger }: World): string[] {
  const calls = [...ledger.calls].flatMap(([key, { starts, ends }]) =>
    starts <= 1 && ends === starts
      ? []
      : [`the handler of call ${key} began ${starts} times and ended ${ends} times`],
  );
  const events = [...ledger.events].flatMap(([key, { starts }]) =>
    starts === 1 ? [] : [`event ${key} was handled ${starts} times`],
  );
  return [...calls, ...events];
}

/** Below rxjs, too, every call ends once; only ids without an answer are kept from being drawn. */
function clientsOf({ clients, calls, unheard }: World): string[] {
  const late = clients.flatMap(({ publications }) =>
    publications
      .filter(
        ({ ends, afterEnd, isUnsubscribed }) => afterEnd > 0 || (ends !== 1 && !isUnsubscribed),
      )
      .map(
        ({ ends, afterEnd }) => `a call ended ${ends} times, and heard ${afterEnd} things after`,
      ),
  );
  const retired = clients.reduce((sum, client) => sum + heldBy(client).retired, 0);
  const unanswered =
    unheard +
    calls.filter(({ isCancelled, endings }) => isCancelled || endings.some(isLocalFailure)).length;
  return retired <= unanswered
    ? late
    : [...late, `${retired} ids are retired, but only ${unanswered} calls had no answer`];
}

function isPromise(observed: Observed): boolean {
  return (observed as ObservedCall).plan.style === 'promise';
}

function isOfHandler(error: unknown): boolean {
  return [ASKED_FOR, MASKED].includes(messageOf(error));
}

function isLocalFailure(ending: { kind: string; error?: unknown }): boolean {
  return ending.error instanceof RemoteCallError && ending.error.origin === 'local';
}

function messageOf(error: unknown): string {
  return String((error as { message?: unknown } | undefined)?.message ?? error);
}

function sameLists(these: readonly string[], those: readonly string[]): boolean {
  return these.length === those.length && these.every((value, index) => value === those[index]);
}

function list(values: readonly string[]): string {
  return `[${values.join(', ')}]`;
}
