import type { Node } from '../nodes/node.js';
import { readingTime } from '../nodes/reading-time.js';
import type { ControlMessages } from './calls/control-messages.js';
import type { Peer } from './peers/peer.js';
import type { ReadReceipt } from './peers/read-receipt.js';

/** How long base clients have to read their last responses before the sockets close, in milliseconds. */
const CLOSE_GRACE = 100;

/** How long clients have to read them in all, in milliseconds: one may be stopped, or gone without a word. */
const LONGEST_GRACE = 1000;

/** How often is looked whether they have, in milliseconds. */
const READ_CHECK = 10;

/** How long after its last response a client still gets a GOODBYE, in milliseconds. */
const REMEMBERED = 60_000;

/**
 * Sends GOODBYE to extended clients whose calls run or lately did: they send no more calls here.
 *
 * @param vacated the nodes that listen no more
 */
export function sayGoodbye(
  peers: readonly Peer[],
  control: ControlMessages,
  vacated: ReadonlySet<Node>,
): void {
  for (const peer of peers.filter(isConcerned)) {
    control.sayGoodbye(peer, vacated.has(peer.node));
  }
}

/**
 * Resolves when the clients have read what was sent to them. Before that the sockets must not close: a
 * client's libzmq throws away what the client has not read yet when its link ends (ZMQ_IMMEDIATE), and what
 * it sends before it has read its GOODBYE is lost.
 *
 * Extended clients are asked. Those that cannot be have some time.
 *
 * @param peers gives those that there are
 * @param longest milliseconds that it may take in all
 */
export async function letClientsRead(
  peers: () => readonly Peer[],
  control: ControlMessages,
  longest = LONGEST_GRACE,
): Promise<void> {
  const receipts = new Map<Peer, ReadReceipt>();
  // Not by the clock: a time for which this process was blocked or stopped does not count.
  for (let time = 0; ; time += READ_CHECK) {
    let isAwaited = false;
    for (const peer of peers()) {
      isAwaited = awaits(peer, control, receipts) || isAwaited;
    }
    if (!isAwaited || time >= longest) {
      return;
    }
    await readingTime(READ_CHECK);
  }
}

/** Whether a client may not have read everything; asks it where it can be. */
function awaits(peer: Peer, control: ControlMessages, receipts: Map<Peer, ReadReceipt>): boolean {
  if (!isConcerned(peer)) {
    return performance.now() < peer.sentAt + CLOSE_GRACE;
  }
  const { state = 'outdated' } = receipts.get(peer) ?? {};
  if (state === 'outdated') {
    receipts.set(peer, control.askForReceipt(peer));
  }
  return state === 'outdated' || state === 'awaited';
}

/** Whether a client understands the extension, and has calls here or lately had. */
function isConcerned(peer: Peer): boolean {
  const isInUse = peer.isBusy || peer.sentAt >= performance.now() - REMEMBERED;
  return isInUse && peer.isExtended && peer.node.capabilities.ordered;
}
