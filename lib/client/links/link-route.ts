import { Route } from '../../nodes/route.js';
import { DIRECT } from '../../protocol/wire-constants.js';

/** How long a router gets no requests for a service that it did not know, in milliseconds. */
const ABSENCE = 1000;

/** How many CANCELs are kept at most until they may be sent. */
const MAX_DEFERRED = 1024;

/**
 * What a route's messages are written in.
 *
 * ```text
 *            learn()              doubt()
 *   base ─────────────▶ extended ─────────▶ doubtful
 *     ▲                    │ ▲   learn()     │ │
 *     │                    │ └───────────────┘ │
 *     └──── forget() ──────┴───────────────────┤   another peer responds there now
 *     └──── reset() ───────────────────────────┘   the link is lost
 * ```
 *
 * - `base`: base protocol, because nothing shows that the peer there understands more. CANCELs wait.
 * - `extended`: the extension too.
 * - `doubtful`: as `base`, because another peer may have taken its place. PINGs find out whether the
 *   extended one is there, since calls of it may be in flight.
 */
export type Dialect = 'base' | 'extended' | 'doubtful';

/** One address frame on one link, with what is known of the peer that responds there. */
export class LinkRoute extends Route {
  /** Whether the address frame says that no router is in between. */
  readonly isDirect: boolean;
  /** When something last came from the peer there, on the clock of `performance.now()`. */
  heardAt = -Infinity;
  /** How many requests may be in flight there, as the peer says. */
  credit = Infinity;
  private requests = 0;
  /** When the router there last knew no such service; -Infinity where it may know one. */
  private missingSince = -Infinity;
  private dialect: Dialect = 'base';
  /** The first call whose response comes from the present peer: those before have another's. */
  private firstSequence = 0;
  /** Calls that were cancelled in `base`. */
  private deferredCancels: number[] = [];

  /** @param isMultipart whether a message can have several frames */
  constructor(
    override readonly address: Buffer,
    private readonly isMultipart: boolean,
  ) {
    super(address);
    this.isDirect = address.equals(DIRECT);
  }

  get isExtended(): boolean {
    return this.dialect === 'extended';
  }

  /** Whether the peer there answers a PING, as far as is known. */
  get answersPings(): boolean {
    return this.dialect !== 'base';
  }

  /** Whether large byte strings may travel in frames of their own. */
  get takesAttachments(): boolean {
    return this.isExtended && this.isDirect && this.isMultipart;
  }

  /** Whether another request may be sent there; one always may, which brings news of the credit. */
  get hasCredit(): boolean {
    return this.requests < Math.max(1, this.credit);
  }

  /** Whether requests were given to it that have not ended. */
  get hasRequests(): boolean {
    return this.requests > 0;
  }

  /**
   * Whether the router there knew no such service lately. Only requests find out whether it knows one
   * by now: they go elsewhere where it does not, and an event would be lost.
   */
  isMissing(kind: 'request' | 'event'): boolean {
    const { missingSince } = this;
    return (
      missingSince > -Infinity && (kind === 'event' || performance.now() < missingSince + ABSENCE)
    );
  }

  /** The router there knows no such service. */
  missed(): void {
    this.missingSince = performance.now();
  }

  /** The router there may know such a service. */
  expect(): void {
    this.missingSince = -Infinity;
  }

  /** A request is given to it. */
  enter(): void {
    this.requests++;
  }

  /** A request that was given to it has ended, or goes elsewhere. */
  leave(): void {
    this.requests--;
  }

  /** Keeps a CANCEL until the peer is known to understand it. */
  deferCancel(id: number): void {
    if (this.deferredCancels.length < MAX_DEFERRED) {
      this.deferredCancels.push(id);
    }
  }

  /** Takes the CANCELs that may be sent now. */
  takeDeferredCancels(): readonly number[] {
    const { deferredCancels } = this;
    if (deferredCancels.length > 0) {
      this.deferredCancels = [];
    }
    return deferredCancels;
  }

  /**
   * A response has shown that its sender understands the extension.
   *
   * @param sequence of the call that it responds to; -1 where that is not known any more
   * @returns whether its sender is the present peer
   */
  learn(sequence: number): boolean {
    if (this.firstSequence === 0 || sequence >= this.firstSequence) {
      this.dialect = 'extended';
    }
    return this.isExtended;
  }

  /**
   * Another peer may respond there now, or none.
   *
   * @param firstSequence the first call whose response may come from another peer
   */
  doubt(firstSequence = 0): void {
    if (this.dialect === 'extended') {
      this.dialect = 'doubtful';
    }
    this.firstSequence = Math.max(this.firstSequence, firstSequence);
  }

  /**
   * Another peer responds there now, or will.
   *
   * @param firstSequence the first call whose response comes from that peer
   */
  forget(firstSequence = 0): void {
    this.dialect = 'base';
    this.credit = Infinity;
    this.firstSequence = Math.max(this.firstSequence, firstSequence);
  }

  /** The link is lost, and with it every peer behind it. */
  reset(): void {
    this.dialect = 'base';
    this.credit = Infinity;
    this.firstSequence = 0;
    this.deferredCancels = [];
    this.expect();
  }
}
