import type { Node } from '../../nodes/node.js';
import { Route } from '../../nodes/route.js';
import type { RawItem } from '../../cbor/values.js';
import { DIRECT } from '../../protocol/wire-constants.js';
import { IdMap } from '../../calls/id-map.js';
import { renderIdentity } from '../../protocol/identity.js';
import type { RequestId } from '../../protocol/message.js';
import type { IncomingCall } from '../calls/incoming-call.js';

/** Who sends calls, by socket, identity and address frame, and so where the responder go. */
export class Peer extends Route {
  /** Whether its latest call came with a header. */
  isExtended = false;
  /** Counts its greetings and farewells: who has the identity after one is another. */
  epoch = 0;
  /** When it last sent something, on the clock of `performance.now()`. */
  heardAt = 0;
  /** Whether large byte strings may travel to it in frames of their own, once it is extended. */
  readonly takesAttachments: boolean;
  private readonly calls = new IdMap<IncomingCall>();
  /** Those whose ids are no numbers, as only foreign clients choose them. */
  private readonly oddCalls = new Map<string, IncomingCall>();
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
    return this.calls.size + this.oddCalls.size > 0;
  }

  /** Takes a request up; false where one of the same id runs already. */
  add(call: IncomingCall, id: RequestId): boolean {
    if (this.get(id)) {
      return false;
    }
    if (typeof id === 'number') {
      this.calls.set(id, call);
    } else {
      this.oddCalls.set(textOf(id), call);
    }
    return true;
  }

  get(id: RequestId): IncomingCall | undefined {
    return typeof id === 'number' ? this.calls.get(id) : this.oddCalls.get(textOf(id));
  }

  delete(id: RequestId): void {
    if (typeof id === 'number') {
      this.calls.delete(id);
    } else {
      this.oddCalls.delete(textOf(id));
    }
  }

  /** Its requests that run. */
  running(): IncomingCall[] {
    return [...this.calls.values(), ...this.oddCalls.values()];
  }
}

function textOf({ bytes }: RawItem): string {
  return Buffer.from(bytes).toString('latin1');
}
