import type { Node } from '../nodes/node.js';
import { Peer } from './peer.js';

/** How long a peer is remembered after it was last heard of, in milliseconds. */
const REMEMBERED = 60_000;

/** How many peers are remembered although nothing of theirs runs; the oldest go first. */
const MAX_IDLE = 65_536;

/** The peers of one node, by sender and return address, within bounds. */
export class PeerTable {
  /** Mostly a sender has one return address. */
  private readonly bySender = new Map<string, Peer[]>();
  private size = 0;
  private sweptAt = 0;

  constructor(private readonly node: Node) {}

  /** The peer that sent something just now. */
  heard(sender: Buffer, returnAddress: Buffer | undefined, now: number): Peer {
    const key = sender.toString('latin1');
    const peers = this.bySender.get(key);
    let peer = peers?.find((each) => isSame(each.returnAddress, returnAddress));
    if (!peer) {
      this.sweep(now);
      peer = new Peer(this.node, sender, returnAddress);
      this.size++;
      const others = this.bySender.get(key);
      if (others) {
        others.push(peer);
      } else {
        this.bySender.set(key, [peer]);
      }
    }
    peer.heardAt = now;
    return peer;
  }

  /** The peers of a sender, by whichever return address. */
  of(sender: Buffer): readonly Peer[] {
    return this.bySender.get(sender.toString('latin1')) ?? [];
  }

  all(): Peer[] {
    return [...this.bySender.values()].flat();
  }

  clear(): void {
    this.bySender.clear();
    this.size = 0;
  }

  /** Forgets who was not heard of for long, from time to time; in a crowd, the older half. */
  private sweep(now: number): void {
    const isCrowded = this.size >= MAX_IDLE;
    if (!isCrowded && now - this.sweptAt < REMEMBERED) {
      return;
    }
    this.sweptAt = now;
    const peers = this.all();
    const old = isCrowded
      ? peers.toSorted((one, other) => one.heardAt - other.heardAt).slice(0, MAX_IDLE / 2)
      : peers.filter(({ heardAt }) => now - heardAt >= REMEMBERED);
    old.filter((peer) => !peer.isBusy).forEach((peer) => this.forget(peer));
  }

  private forget(peer: Peer): void {
    const key = peer.sender.toString('latin1');
    const others = this.of(peer.sender).filter((other) => other !== peer);
    this.size--;
    if (others.length > 0) {
      this.bySender.set(key, others);
    } else {
      this.bySender.delete(key);
    }
  }
}

function isSame(one: Buffer | undefined, other: Buffer | undefined): boolean {
  return one === other || (one !== undefined && other !== undefined && one.equals(other));
}
