import { setTimeout } from 'node:timers/promises';
import type { Node } from '../nodes/node.js';
import type { ControlMessages } from './calls/control-messages.js';
import { letClientsRead } from './farewell.js';
import type { Peer } from './peers/peer.js';
import type { RouterFarewell } from './router-farewell.js';

/** How long responses may take to leave, in milliseconds. */
const LEAVE_FLUSH = 1000;

/** How long a router has to answer a GOODBYE, in milliseconds. */
const LEAVE_ANSWER = 1000;

/** How often is looked whether the calls have ended, in milliseconds. */
const IDLE_CHECK = 100;

/**
 * How long clients may go on sending where the router does not say that nothing more comes, in milliseconds:
 * less than the second for which those that were refused there send elsewhere.
 */
const LONGEST_LEAVE = 500;

/** The owner of {@link LeavingNodes}. */
export interface LeavingNodesOwner {
  /** Takes leave of the router of a node, which has at most `longest` milliseconds to answer. */
  part(node: Node, longest: number): Promise<void>;
  /** Who has sent something by a node; nobody where it is closed. */
  peersBy(node: Node): readonly Peer[];
  /** Those of them from whom more may come. */
  sendersBy(node: Node): readonly Peer[];
  /** A node has nothing more to do. */
  left(node: Node): void;
}

/**
 * The nodes of a server whose addresses are gone, each until its calls have ended, or its address is back.
 * Clients that reach the server by another router are sent there meanwhile.
 */
export class LeavingNodes {
  /** With what tells this departure from one before, after which the node has stayed. */
  private readonly departures = new Map<Node, symbol>();

  constructor(
    private readonly farewell: RouterFarewell,
    private readonly control: ControlMessages,
    private readonly owner: LeavingNodesOwner,
  ) {}

  has(node: Node): boolean {
    return this.departures.has(node);
  }

  /** Resolves when the node has left, or stays. @returns whether it has left */
  async leave(node: Node): Promise<boolean> {
    const { control, departures, owner } = this;
    const departure = Symbol('departure');
    const goesOn = (): boolean => departures.get(node) === departure;
    departures.set(node, departure);
    // So that clients which call now and then are told, too.
    await setTimeout(IDLE_CHECK, undefined, { ref: false });
    await this.idle(node, goesOn);
    if (goesOn()) {
      await owner.part(node, LEAVE_ANSWER);
    }
    // Calls that came meanwhile, and cannot go elsewhere.
    await this.idle(node, goesOn);
    await node.flush(LEAVE_FLUSH);
    if (goesOn()) {
      await owner.part(node, LEAVE_ANSWER); // Now the router has read the responses to them, too.
    }
    await letClientsRead(() => owner.sendersBy(node), control, LONGEST_LEAVE);
    const hasLeft = goesOn();
    if (hasLeft) {
      departures.delete(node);
      owner.left(node);
    }
    return hasLeft;
  }

  /** The address of a node is back before it has left. */
  stay(node: Node): void {
    this.departures.delete(node);
    this.farewell.rejoin(node);
  }

  /** Resolves when a node has no calls, or stays. */
  private async idle(node: Node, goesOn: () => boolean): Promise<void> {
    const isBusy = (): boolean => this.owner.peersBy(node).some((peer) => peer.isBusy);
    while (goesOn() && isBusy()) {
      await setTimeout(IDLE_CHECK, undefined, { ref: false });
    }
  }
}
