import type { Node } from '../../nodes/node.js';
import type { AuthenticatedPeer } from '../../nodes/security.js';
import { Route } from '../../nodes/route.js';
import { DIRECT } from '../../protocol/wire-constants.js';
import { renderIdentity } from '../../protocol/identity.js';
import { RequestMap } from './request-map.js';

/**
 * What a peer's latest call was written in, and so what it understands.
 *
 * ```text
 *            speaks('extended')
 *   base ──────────────────────▶ extended
 *     ▲    speaks('base')            │
 *     └────────── replaced() ────────┘
 * ```
 */
export type Dialect = 'base' | 'extended';

/** A sender of calls, by socket, identity and address frame: the route of its responses. */
export class Peer<Request = unknown> extends Route {
  /** When it last sent something, on the clock of `performance.now()`. */
  heardAt = 0;
  /** The token of the latest PING that it has answered; -1 before. */
  answeredPing = -1;
  /** Which load of this server it was told last, in hundredths. */
  toldLoad = 0;
  /** Whether large byte strings may travel to it in frames of their own, once it is extended. */
  readonly takesAttachments: boolean;
  /** Who it has proven to be; undefined where the transport does not know. */
  readonly authenticated: AuthenticatedPeer | undefined;
  /** Its requests that run. */
  readonly requests = new RequestMap<Request>();
  /** How many times as long as its request a response may be. */
  private answerLimit: number;
  private dialect: Dialect = 'base';
  private generation = 0;
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
    this.authenticated = node.peerOf?.(sender);
    this.answerLimit = node.answerLimit?.(sender) ?? Infinity;
  }

  /** Whether its latest call came with a header. */
  get isExtended(): boolean {
    return this.dialect === 'extended';
  }

  /** Counts its greetings and farewells: after one, the identity belongs to another peer. */
  get epoch(): number {
    return this.generation;
  }

  /** How many bytes of response a request may have; `Infinity` unless its address may be forged. */
  roomFor(requestSize: number): number {
    return this.answerLimit === Infinity ? Infinity : Math.floor(this.answerLimit * requestSize);
  }

  /** It has proven that it receives at its address. */
  prove(): void {
    this.answerLimit = Infinity;
  }

  /** The sender, which people read. */
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

  /** What was sent to it has not reached it: it is gone from its router. */
  missed(): void {
    this.sentAt = -Infinity;
  }

  /** A call has come from it. */
  speaks(dialect: Dialect): void {
    this.dialect = dialect;
  }

  /** It has said hello or goodbye: the next call of this identity is another peer's. */
  replaced(): void {
    this.dialect = 'base';
    this.toldLoad = 0;
    this.generation++;
  }
}
