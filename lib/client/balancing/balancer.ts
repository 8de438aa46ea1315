/** What is known of a call before it has a link. */
export interface CallTarget {
  readonly kind: 'request' | 'event';
  readonly method: string;
  /** The receiver: the service behind a router, `-` for a direct server, the topic on PUB. */
  readonly address: Buffer;
  /** Calls of one key go to the same server; undefined where any server will do. */
  readonly affinity?: string | undefined;
}

/** What a balancer has to know of a link. */
export interface Candidate {
  /** Whether its server takes calls. */
  readonly isReady: boolean;
  /** How many calls and events it has that have not ended. */
  readonly calls: number;
  readonly health: CandidateHealth;
  /** Servers of a lower tier get the calls, as long as one of them takes any. */
  readonly tier: number;
  /** How many calls it gets beside others of its tier, above 0. */
  readonly share: number;
  /** What is known of the receiver behind it. */
  routeTo(address: Buffer): CandidateRoute;
}

/** What is known of the receiver behind a link. */
export interface CandidateRoute {
  /** Whether it has room for another request, as far as is known. */
  readonly hasCredit: boolean;
  /** Whether a router said lately that it does not know it. */
  isMissing(kind: CallTarget['kind']): boolean;
}

/** What is thought of the server of a link. */
export interface CandidateHealth {
  /** How bad it is, from 0: links of a lower rank get the calls. */
  readonly rank: number;
  /** Whether it should get a call that shows whether it can be trusted again. */
  readonly wantsTrial: boolean;
  /** A call is given to it as its trial. */
  tried(): void;
}

/** Chooses the link that a call is sent by. */
export interface Balancer<Link extends Candidate> {
  /**
   * @param links all that are open, in whatever state: the same array as long as they are the same
   * @param except those that do not get it
   * @returns a link that takes the call now, and gets it; undefined where there is none, and the call
   *   waits
   */
  pick(links: readonly Link[], call: CallTarget, except?: readonly Link[]): Link | undefined;

  /** Shares of links have changed. */
  sharesChanged(): void;
}
