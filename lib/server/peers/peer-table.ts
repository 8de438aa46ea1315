import type { Node } from '../../nodes/node.js';
import { Peer } from './peer.js';

/** How long a peer is remembered after something last came from it or went to it, in milliseconds. */
const REMEMBERED = 60_000;

/** How many peers are remembered that have no running requests. */
const MAX_IDLE = 65_536;

/** The peers of one node, by sender and return address, within bounds. */
export class PeerTable<Request = unknown> {
  /** By sender, then by return address, of which a sender mostly has one. */
  private readonly bySender = new Map<string, Map<string, Peer<Request>>>();
  private size = 0;
  private sweptAt = 0;

  constructor(private readonly node: Node) {}

  /** The peer that has just sent something. */
  heard(sender: Buffer, returnAddress: Buffer | undefined, now: number): Peer<Request> {
    const senderKey = sender.toString('latin1');
    const addressKey = keyOf(returnAddress);
    let peer = this.bySender.get(senderKey)?.get(addressKey);
    if (!peer) {
      this.sweep(now);
      peer = new Peer<Request>(this.node, sender, returnAddress);
      this.size++;
      const peers = this.bySender.get(senderKey) ?? new Map<string, Peer<Request>>();
      this.bySender.set(senderKey, peers.set(addressKey, peer));
    }
    peer.heardAt = now;
    return peer;
  }

  /** The peers of a sender, with any return address. */
  of(sender: Buffer): Peer<Request>[] {
    return [...(this.bySender.get(sender.toString('latin1'))?.values() ?? [])];
  }

  all(): Peer<Request>[] {
    return [...this.bySender.values()].flatMap((peers) => [...peers.values()]);
  }

  clear(): void {
    this.bySender.clear();
    this.size = 0;
  }

  /** Forgets, from time to time, the peers that were quiet for long; in a crowd, the older half. */
  private sweep(now: number): void {
    const isCrowded = this.size >= MAX_IDLE;
    if (!isCrowded && now - this.sweptAt < REMEMBERED) {
      return;
    }
    this.sweptAt = now;
    const peers = this.all();
    const old = isCrowded
      ? peers.toSorted((one, other) => one.seenAt - other.seenAt).slice(0, MAX_IDLE / 2)
      : peers.filter((peer) => now - peer.seenAt >= REMEMBERED);
    old.filter((peer) => !peer.isBusy).forEach((peer) => this.forget(peer));
  }

  private forget({ sender, returnAddress }: Peer<Request>): void {
    const key = sender.toString('latin1');
    const peers = this.bySender.get(key);
    if (peers?.delete(keyOf(returnAddress))) {
      this.size--;
      if (peers.size === 0) {
        this.bySender.delete(key);
      }
    }
  }
}

function keyOf(returnAddress: Buffer | undefined): string {
  return returnAddress?.toString('latin1') ?? '';
}
