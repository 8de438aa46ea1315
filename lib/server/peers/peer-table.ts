import { Fifo } from '../../calls/fifo.js';
import type { Node } from '../../nodes/node.js';
import { Peer } from './peer.js';

/** How long a peer is remembered after something last came from it or went to it, in milliseconds. */
const REMEMBERED = 60_000;

/** How many peers are looked at for a new one: a sender can make new ones as fast as it sends. */
const LOOKS = 8;

/** A peer in line to be forgotten. */
interface Place<Request> {
  readonly peer: Peer<Request>;
  /** When the peer was last seen as it took this place. */
  readonly since: number;
}

/**
 * The peers of one node, by sender and return address, within bounds.
 *
 * They stand in line to be forgotten. Those that are busy, or were seen since they took their place,
 * go to its end when it is their turn. A new peer has a few of them looked at, whatever their number.
 */
export class PeerTable<Request = unknown> {
  /** By sender, then by return address, of which a sender mostly has one. */
  private readonly bySender = new Map<string, Map<string, Peer<Request>>>();
  /** The places of all peers, and of some that were taken out. */
  private readonly line = new Fifo<Place<Request>>();
  private size = 0;

  /** @param crowd from how many peers on each new one takes the place of an idle other */
  constructor(
    private readonly node: Node,
    private readonly crowd: number,
  ) {}

  /** The peer that has just sent something. */
  heard(sender: Buffer, returnAddress: Buffer | undefined, now: number): Peer<Request> {
    const senderKey = sender.toString('latin1');
    const addressKey = keyOf(returnAddress);
    let peer = this.bySender.get(senderKey)?.get(addressKey);
    if (!peer) {
      this.forgetSome(now);
      peer = new Peer<Request>(this.node, sender, returnAddress);
      this.size++;
      const peers = this.bySender.get(senderKey) ?? new Map<string, Peer<Request>>();
      this.bySender.set(senderKey, peers.set(addressKey, peer));
      this.line.push({ peer, since: now });
    }
    peer.heardAt = now;
    return peer;
  }

  /** The peers of a sender, with any return address. */
  of(sender: Buffer): Peer<Request>[] {
    return [...(this.bySender.get(sender.toString('latin1'))?.values() ?? [])];
  }

  /** Takes out the peers of a sender: what it sends next comes from new ones. */
  take(sender: Buffer): Peer<Request>[] {
    const peers = this.of(sender);
    if (this.bySender.delete(sender.toString('latin1'))) {
      this.size -= peers.length;
      // Rarely enough that each peer that was taken out is looked at once for it.
      if (this.line.size > 2 * this.size + LOOKS) {
        this.line.takeAll(({ peer }) => !this.holds(peer));
      }
    }
    return peers;
  }

  all(): Peer<Request>[] {
    return [...this.bySender.values()].flatMap((peers) => [...peers.values()]);
  }

  clear(): void {
    this.bySender.clear();
    this.line.clear();
    this.size = 0;
  }

  /** Forgets those first in line that were quiet for long; in a crowd, the quietest of them anyway. */
  private forgetSome(now: number): void {
    let spared: Peer<Request> | undefined;
    for (let looks = 0; looks < LOOKS; looks++) {
      const place = this.line.first;
      if (!place) {
        return;
      }
      const { peer, since } = place;
      if (now - since < REMEMBERED && !this.isCrowded) {
        return; // Those behind it were seen later.
      }
      this.line.shift();
      const isKnown = this.holds(peer);
      const isQuiet = !peer.isBusy && peer.seenAt <= since;
      if (isKnown && isQuiet) {
        this.forget(peer);
      } else if (isKnown) {
        this.line.push({ peer, since: peer.seenAt });
        spared = peer.isBusy || (spared && spared.seenAt <= peer.seenAt) ? spared : peer;
      }
    }
    if (spared && this.isCrowded) {
      this.forget(spared);
    }
  }

  private get isCrowded(): boolean {
    return this.size >= this.crowd;
  }

  private holds(peer: Peer<Request>): boolean {
    return this.bySender.get(peer.peer)?.get(keyOf(peer.returnAddress)) === peer;
  }

  private forget({ peer: senderKey, returnAddress }: Peer<Request>): void {
    const peers = this.bySender.get(senderKey);
    if (peers?.delete(keyOf(returnAddress))) {
      this.size--;
      if (peers.size === 0) {
        this.bySender.delete(senderKey);
      }
    }
  }
}

function keyOf(returnAddress: Buffer | undefined): string {
  return returnAddress?.toString('latin1') ?? '';
}
