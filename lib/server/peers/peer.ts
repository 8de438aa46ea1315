import type { Node } from '../../nodes/node.js';
import { Route } from '../../nodes/route.js';
import { DIRECT } from '../../protocol/wire-constants.js';
import { renderIdentity } from '../../protocol/identity.js';
import { RequestMap } from './request-map.js';

/** Who sends calls, by socket, identity and address frame, and so where the responses go. */
export class Peer<Request = unknown> extends Route {
  /** Whether its latest call came with a header. */
  isExtended = false;
  /** Counts its greetings and farewells: who has the identity after one is another peer. */
  epoch = 0;
  /** When it last sent something, on the clock of `performance.now()`. */
  heardAt = 0;
  /** Whether large byte strings may travel to it in frames of their own, once it is extended. */
  readonly takesAttachments: boolean;
  /** Its requests that run. */
  readonly requests = new RequestMap<Request>();
  private text: string | undefined;

  /**
   * @param sender the first frame: the identity of a ROUTER's peer, the sender on a DEALER, the topic
   *   on SUB
   * @param returnAddress ROUTER: the address frame that the client put, echoed to it
   */
  constructor(
    readonly node: Node,
    readonly sender: Buffer,
    readonly returnAddress: Buffer | undefined,
  ) {
    super(sender, returnAddress ? [returnAddress] : []);
    this.takesAttachments = returnAddress?.equals(DIRECT) ?? false;
  }

  /** The sender for people. */
  get name(): string {
    return (this.text ??= renderIdentity(this.sender));
  }

  /** Whether any of its requests runs. */
  get isBusy(): boolean {
    return this.requests.size > 0;
  }

  /** When something last came from it or went to it. */
  get seenAt(): number {
    return Math.max(this.heardAt, this.sentAt);
  }
}
