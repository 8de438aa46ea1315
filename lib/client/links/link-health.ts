import { BackOff, type BackOffLimits } from '../../nodes/back-off.js';

/** How long a link is ejected, in milliseconds: twice as long each time it fails again. */
const EJECTION: BackOffLimits = { least: 1000, most: 30_000 };

/** So many calls in a row that time out eject a link. */
const MOST_TIMEOUTS = 5;

/** The share of the latest call in the moving average of latencies. */
const SHARE = 1 / 16;

/** A link is suspected once nothing has come for so many times its latency. */
const PATIENCE = 4;

/** The bounds of that, in milliseconds. To suspect it in vain costs no more than a PING. */
const SUSPICION = { least: 50, most: 1000 };

/** The bounds of the same for the PONG: without one, the link is ejected. */
const EJECTION_AFTER = { least: 100, most: 1000 };

/**
 * What is thought of the server of a link. Only its {@link LinkHealth} changes it.
 *
 * ```text
 *              quiet                quiet still, though asked
 *   trusted ─────────▶ suspected ─────────────────────────────┐
 *     ▲ │ ▲    heard       │                                  ▼
 *     │ │ └────────────────┘     failed(), lost()          ejected
 *     │ └────────────────────────────────────────────────▶  │ ▲
 *     │                              its time is over,      │ │
 *     │ answered()                   and it was heard       │ │
 *     ├──────────────────────────── trial ◀─────────────────┤ │
 *     │ answered() after its time     │                     │ │
 *     └───────────────────────────────┼─────────────────────┘ │
 *                                     │   failed(), lost(), quiet
 *                                     └───────────────────────┘
 * ```
 *
 * - `trusted`: it gets its share of the calls.
 * - `suspected`: calls are in flight, and nothing has come for several times its latency; or another
 *   server is silent. It gets no calls while others are trusted. `isAsked` says whether a PING will tell
 *   more.
 * - `ejected`: it has failed, and gets no calls until `until` while others are better. One that was
 *   silent also has to be heard first (`isSilent`), so that no call is spent on finding out.
 * - `trial`: it gets one call, whose end decides. `isTaken` says whether that call was given to it.
 */
export type LinkHealthState =
  | { readonly name: 'trusted' }
  | { readonly name: 'suspected'; readonly isAsked: boolean }
  | { readonly name: 'ejected'; readonly until: number; readonly isSilent: boolean }
  | { readonly name: 'trial'; readonly isTaken: boolean };

const TRUSTED: LinkHealthState = { name: 'trusted' };

/** What is seen of a link at each beat of a watch. */
export interface LinkObservation {
  /** When something last came from its server, on the clock of `performance.now()`. */
  readonly heardAt: number;
  /** Whether its server owes a response. */
  readonly isExpecting: boolean;
  /** Milliseconds from beat to beat. */
  readonly interval: number;
  /** Asks the server whether it is there. @returns whether it can be asked */
  readonly ask: () => boolean;
}

/** Judges the server of one link by what becomes of its calls. */
export class LinkHealth {
  /** How many calls have ended here because they timed out, or because the link was lost. */
  failures = 0;
  private state: LinkHealthState = TRUSTED;
  /** When it was last found to be good after it had failed. */
  private recoveredAt = -Infinity;
  private timeoutsInRow = 0;
  private average = 0;
  private heardAt = -Infinity;
  private quietBeats = 0;
  private readonly ejections: BackOff;

  /**
   * @param clock gives the time in milliseconds
   * @param random a number from 0 to 1, which varies the times of ejection
   */
  constructor(
    private readonly clock: () => number = () => performance.now(),
    random: () => number = Math.random,
  ) {
    this.ejections = new BackOff(EJECTION, random);
  }

  get name(): LinkHealthState['name'] {
    return this.state.name;
  }

  /** The moving average of the time from a call to its response, in milliseconds; 0 before the first. */
  get latency(): number {
    return this.average;
  }

  /** Whether it should get a call that shows whether it can be trusted again. */
  get wantsTrial(): boolean {
    return this.state.name === 'trial' && !this.state.isTaken;
  }

  /** How bad it is, from 0: links of a lower rank get the calls. */
  get rank(): number {
    switch (this.state.name) {
      case 'trusted':
        return 0;
      case 'suspected':
        return 1;
      default:
        return 2;
    }
  }

  /** A call is given to it as its trial. */
  tried(): void {
    this.state = { name: 'trial', isTaken: true };
  }

  /** A response has come. @param latency milliseconds since its call; undefined where it is not known */
  answered(latency: number | undefined): void {
    this.timeoutsInRow = 0;
    if (latency !== undefined) {
      this.average = this.average === 0 ? latency : this.average + (latency - this.average) * SHARE;
    }
    if (this.state !== TRUSTED) {
      this.restore(this.state);
    }
  }

  /** A call has timed out. */
  timedOut(): void {
    this.failures++;
    if (++this.timeoutsInRow >= MOST_TIMEOUTS || this.state.name === 'trial') {
      this.eject(false);
    }
  }

  /** The connection is lost. @param calls how many calls ended by that */
  lost(calls: number): void {
    this.failures += calls;
    if (calls > 0) {
      this.eject(false);
    } else if (this.state.name === 'suspected') {
      this.state = TRUSTED;
    }
  }

  /** There is a new connection, on which nothing can be expected yet. */
  connected(): void {
    const { state } = this;
    if (state.name === 'ejected' && state.isSilent) {
      this.state = { ...state, isSilent: false };
    }
  }

  /** Another server is silent, as this one may be. @param ask as of an observation */
  doubt(ask: LinkObservation['ask']): void {
    if (this.state === TRUSTED && ask()) {
      this.state = { name: 'suspected', isAsked: true };
      this.quietBeats = 0;
    }
  }

  /** Looks at the link at a beat. @returns whether it was ejected because it is silent */
  observe({ heardAt, isExpecting, interval, ask }: LinkObservation): boolean {
    const isHeard = heardAt !== this.heardAt;
    this.heardAt = heardAt;
    const { state } = this;
    const isOwed = isExpecting || (state.name === 'suspected' && state.isAsked);
    this.quietBeats = isOwed && !isHeard ? this.quietBeats + 1 : 0;
    const bounds = state.name === 'trusted' ? SUSPICION : EJECTION_AFTER;
    const isQuiet = this.quietBeats * interval >= this.patience(bounds);
    switch (state.name) {
      case 'trusted':
        if (isQuiet) {
          this.state = { name: 'suspected', isAsked: ask() };
          this.quietBeats = 0;
        }
        return false;
      case 'suspected':
        if (isHeard || !isOwed) {
          this.state = TRUSTED;
        }
        return isQuiet && state.isAsked && this.ejectSilent();
      case 'ejected':
        this.endEjection(state, isHeard);
        return false;
      default:
        if (!isExpecting) {
          this.state = { name: 'trial', isTaken: false }; // Its caller has cancelled it.
        }
        return isQuiet && ask() && this.ejectSilent();
    }
  }

  /** How long nothing may come while something is expected, in milliseconds. */
  private patience({ least, most }: typeof SUSPICION): number {
    return Math.min(Math.max(this.average * PATIENCE, least), most);
  }

  private endEjection(state: LinkHealthState & { name: 'ejected' }, isHeard: boolean): void {
    const isSilent = state.isSilent && !isHeard;
    if (!isSilent && this.isOver(state)) {
      this.state = { name: 'trial', isTaken: false };
    } else if (isSilent !== state.isSilent) {
      this.state = { ...state, isSilent };
    }
  }

  private isOver({ until }: LinkHealthState & { name: 'ejected' }): boolean {
    return this.clock() >= until;
  }

  /** Trusts it again, since it responds. */
  private restore(state: LinkHealthState): void {
    if (state.name === 'ejected' && !this.isOver(state)) {
      return;
    }
    if (state.name !== 'suspected') {
      // An ejected one without a trial got calls because no other was better.
      this.recoveredAt = this.clock();
    }
    this.state = TRUSTED;
  }

  private ejectSilent(): true {
    this.eject(true);
    return true;
  }

  private eject(isSilent: boolean): void {
    const { state } = this;
    if (state.name === 'ejected') {
      return;
    }
    const now = this.clock();
    const time =
      state.name === 'trial'
        ? this.ejections.failed()
        : this.ejections.lost(now - this.recoveredAt);
    this.state = { name: 'ejected', until: now + time, isSilent };
    this.quietBeats = this.timeoutsInRow = 0;
  }
}
