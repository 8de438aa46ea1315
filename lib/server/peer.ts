import type { Node } from '../nodes/node.js';
import { Route } from '../nodes/route.js';
import { renderIdentity } from '../protocol/identity.js';
import type { RequestId } from '../protocol/message.js';
import type { IncomingCall } from './incoming-call.js';

/** What ROUTER clients that are connected directly put as address frame. */
const DIRECT = Buffer.from('-');

/** Who sends calls, by socket, identity and address frame, and so where the answers go. */
export class Peer extends Route {
  /** Whether its latest call came with a header. */
  isExtended = false;
  /** Counts its greetings and farewells: who has the identity after one is another. */
  epoch = 0;
  /** When it was last sent an answer, on the clock of `performance.now()`. */
  answeredAt = -Infinity;
  /** When it last sent something, on the same clock. */
  heardAt = 0;
  private readonly calls = new Map<number | string, IncomingCall>();
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
  }

  /** The sender for people. */
  get name(): string {
    return (this.text ??= renderIdentity(this.sender));
  }

  /** Whether large byte strings may travel to it in frames of their own, once it is extended. */
  get takesAttachments(): boolean {
    return this.returnAddress?.equals(DIRECT) ?? false;
  }

  /** Whether any of its requests runs. */
  get isBusy(): boolean {
    return this.calls.size > 0;
  }

  /** Takes a request up; false where one of the same id runs already. */
  add(call: IncomingCall, id: RequestId): boolean {
    const key = keyOf(id);
    if (this.calls.has(key)) {
      return false;
    }
    this.calls.set(key, call);
    return true;
  }

  get(id: RequestId): IncomingCall | undefined {
    return this.calls.get(keyOf(id));
  }

  delete(id: RequestId): void {
    this.calls.delete(keyOf(id));
  }

  /** Its requests that run, oldest first. */
  running(): IncomingCall[] {
    return [...this.calls.values()];
  }
}

function keyOf(id: RequestId): number | string {
  return typeof id === 'number' ? id : Buffer.from(id.bytes).toString('latin1');
}
