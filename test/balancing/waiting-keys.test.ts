import { expect, it } from 'vitest';
import { type EventOwner, OutgoingEvent } from '../../lib/client/calls/outgoing-event.js';
import { UnsentCalls } from '../../lib/client/calls/unsent-calls.js';
import { DIRECT } from '../../lib/protocol/wire-constants.js';

const sink = { sent: (): void => undefined, rejected: (): void => undefined };

/** Which calls leave once a server has room, where that of the key `full` has none. */
async function leaving(...keys: (string | undefined)[]): Promise<(string | undefined)[]> {
  const left: (string | undefined)[] = [];
  const limits = { maxMessages: 100, maxBytes: 1000 };
  const unsent = new UnsentCalls(limits, (call) => {
    if (call.affinity === 'full' || call.method === 'full') {
      return false;
    }
    unsent.delete(call);
    left.push(call.affinity);
    return true;
  });
  for (const key of keys) {
    const call = new OutgoingEvent(key ?? 'full', DIRECT, 0, {} as EventOwner, sink);
    call.affinity = key;
    unsent.add(call);
  }
  unsent.retry(DIRECT);
  await new Promise((resolve) => setImmediate(resolve));
  return left;
}

it('calls of a key do not wait behind those of a server without room', async () => {
  expect(await leaving('full', 'a', 'full', 'b')).toEqual(['a', 'b']);
});

it('calls without a key wait in order, and what comes after them waits too', async () => {
  expect(await leaving('a', undefined, 'b')).toEqual(['a']);
});
