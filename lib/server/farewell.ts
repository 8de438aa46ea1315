import { setImmediate, setTimeout } from 'node:timers/promises';
import { EnvelopeMessage } from '../nodes/sending/envelope-message.js';
import type { MessageWriter } from '../protocol/message-writer.js';
import type { Peer } from './peers/peer.js';

/**
 * How long clients have to read their last responses before the sockets close, in milliseconds. A
 * client's libzmq throws away what the client has not read yet when its link ends (ZMQ_IMMEDIATE).
 */
const CLOSE_GRACE = 100;

/**
 * How long that may take in all, in milliseconds. A client that has not read its GOODBYE yet goes on
 * sending: what is refused meanwhile goes to other servers, and what comes after the end is lost.
 */
const LONGEST_GRACE = 1000;

/** How long after its last response a client still gets a GOODBYE, in milliseconds. */
const REMEMBERED = 60_000;

/** Sends GOODBYE to extended clients whose calls run or lately did: they send no more calls here. */
export function sayGoodbye(peers: readonly Peer[], writer: MessageWriter): void {
  const lately = performance.now() - REMEMBERED;
  for (const peer of peers) {
    const isConcerned = peer.isExtended && (peer.isBusy || peer.sentAt >= lately);
    if (isConcerned && peer.node.capabilities.ordered) {
      peer.node.post(new EnvelopeMessage(peer, writer.goodbye(), true));
    }
  }
}

/**
 * Resolves when the clients have had the time to read their last responses.
 *
 * @param peers gives those that there are
 * @param longest milliseconds that it may take in all
 */
export async function letClientsRead(
  peers: () => readonly Peer[],
  longest = LONGEST_GRACE,
): Promise<void> {
  const end = performance.now() + longest;
  for (;;) {
    const lastSentAt = peers().reduce((latest, { sentAt }) => Math.max(latest, sentAt), -Infinity);
    const left = Math.min(lastSentAt + CLOSE_GRACE, end) - performance.now();
    if (left <= 0) {
      return;
    }
    await setTimeout(left);
    // A client on this event loop, should it have been blocked, gets its turn to read.
    await setImmediate();
    await setImmediate();
  }
}
