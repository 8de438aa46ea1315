import type { SessionEvent } from '../../lib/nodes/zmtp/core/session-event.js';
import { withoutNumbers } from './target.js';

/** The limits of the sessions. */
export const LIMITS = { maxCommand: 100, maxFrame: 1000, maxMessage: 2000 };

/**
 * What became of a session, in words.
 *
 * @throws where it does what it must not
 */
export function outcomeOf(events: readonly SessionEvent[]): string {
  const types = events.map(({ type }) => type);
  const failure = types.indexOf('failed');
  if (failure >= 0 && failure < events.length - 1) {
    throw new Error('goes on after it has failed');
  }
  const ready = types.indexOf('ready');
  const traffic = types.findIndex((type) => type === 'message' || type === 'ping');
  if (traffic >= 0 && (ready < 0 || traffic < ready)) {
    throw new Error('has traffic before it is ready');
  }
  for (const event of events) {
    if (event.type === 'message' && sizeOf(event.frames) > LIMITS.maxMessage) {
      throw new Error('has a message over the limit');
    }
  }
  const last = events.at(-1);
  const reason = last?.type === 'failed' ? withoutNumbers(last.error.message.slice(0, 40)) : '';
  return `${[...new Set(types)].join()} ${reason}`;
}

function sizeOf(frames: readonly Buffer[]): number {
  return frames.reduce((total, { length }) => total + length, 0);
}
