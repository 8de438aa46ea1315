import type { Node } from '../nodes/node.js';
import { readingTime } from '../nodes/reading-time.js';
import { Route } from '../nodes/route.js';
import { SingleMessage } from '../nodes/sending/single-message.js';
import { LINK_GOODBYE } from '../protocol/link-goodbye.js';
import { DIRECT } from '../protocol/wire-constants.js';

/** How often is looked whether a router has answered, in milliseconds. */
const ANSWER_CHECK = 5;

/**
 * How a node stands with its router; one without a standing is in touch with it.
 *
 * ```text
 *                part()           the router answers
 *   in touch ───────────▶ asked ────────────────────▶ parted
 *      ▲                  │ │ ▲                       │ ▲ │
 *      │                  │ │ └──────── part() ───────┘ │ │
 *      │                  │ └── not in time ──▶ silent ─┘ │
 *      │                  │                      │        │
 *      └──── rejoin() ────┴──────────────────────┴────────┘
 * ```
 *
 * - `asked`: the router was told to pass nothing on any more.
 * - `silent`: it has not answered in time, and is not asked again.
 * - `parted`: all that it has passed on is here, and nothing more comes.
 */
type Standing = 'asked' | 'silent' | 'parted';

/**
 * Takes leave of routers. What a router passes on to a connection that closes is lost, and its sender would
 * wait in vain: so a service tells the router first, which gives what comes after back to its senders.
 */
export class RouterFarewell {
  private readonly standings = new WeakMap<Node, Standing>();

  /** Whether nothing more comes by this node. */
  hasParted(node: Node): boolean {
    return this.standings.get(node) === 'parted';
  }

  /**
   * Asks the router of a node for nothing more. Resolves when it has answered: then all that it has passed
   * on is here, and it has read all that was sent to it before.
   *
   * @param longest milliseconds that it has for that: the router of the original does not answer
   */
  async part(node: Node, longest: number): Promise<void> {
    const standing = this.standings.get(node);
    if (standing === 'silent') {
      return;
    }
    if (standing !== 'asked') {
      this.standings.set(node, 'asked');
      post(node, new Route(DIRECT), [LINK_GOODBYE]);
    }
    // Not by the clock: a time for which this process was blocked does not count.
    for (let time = 0; time < longest; time += ANSWER_CHECK) {
      await readingTime(ANSWER_CHECK);
      if (this.standings.get(node) !== 'asked') {
        return;
      }
    }
    this.standings.set(node, 'silent');
  }

  /** The router of a node has said GOODBYE, too. */
  answered(node: Node): void {
    if (this.standings.has(node)) {
      this.standings.set(node, 'parted');
    }
  }

  /** The node stays: its router is greeted, as by a connection that is new. */
  rejoin(node: Node): void {
    if (this.standings.delete(node)) {
      post(node, new Route(Buffer.alloc(0)), []);
    }
  }
}

function post(node: Node, route: Route, frames: readonly Uint8Array[]): void {
  const ignore = (): void => undefined;
  node.post(new SingleMessage(route, frames, ignore, ignore));
}
