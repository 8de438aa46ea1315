/** A peer that shows signs of life. */
export interface Living {
  /** When something last came from it, on the clock of `performance.now()`. */
  readonly heardAt: number;
  /** When something was last handed over to it, on the same clock. */
  readonly sentAt: number;
}

/** A question whether a peer is there. */
export interface Question {
  /** Whether it was handed over. Until then it waits behind other messages. */
  readonly wasSent: boolean;
}

/** The owner of a {@link Heartbeat}. */
export interface HeartbeatOwner<Peer extends Living> {
  /** Whether a message is expected from anybody, or will be without another `start`. */
  readonly isExpecting: boolean;
  /** The peers that a message is expected from now, and that answer a PING. */
  expected(): Iterable<Peer>;
  /** Asks a quiet peer whether it is there. */
  ping(peer: Peer): Question;
  /** A peer was asked, and is quiet still. */
  lost(peer: Peer): void;
}

/** How many beats in a row a peer may be quiet; after the first of them it is asked. */
const QUIET_BEATS = 3;

/** What was seen of a peer at the beat before. */
interface Observation {
  readonly heardAt: number;
  readonly sentAt: number;
  readonly quietBeats: number;
  question: Question | undefined;
}

/**
 * What it does. Only the heartbeat itself changes it.
 *
 * ```text
 *            start()                    interval over
 *   resting ─────────▶ waiting ───────────────────────▶ listening
 *      ▲                  ▲                                 │ a turn of the event loop
 *      │                  └──── its owner is expecting ─────┤
 *      └─────────────────────── it is not ──────────────────┘
 * ```
 *
 * - `resting`: nothing is expected of anyone, nor will be soon.
 * - `waiting`: the timer runs.
 * - `listening`: input that waits gets its turn before anybody is judged.
 */
type State =
  | { readonly name: 'resting' }
  | { readonly name: 'waiting'; readonly timer: NodeJS.Timeout; readonly since: number }
  | { readonly name: 'listening'; readonly turn: NodeJS.Immediate };

const RESTING: State = { name: 'resting' };

/**
 * Notices peers that are gone without a word, as behind a cable that was pulled out.
 *
 * It counts beats of its timer, not time: a peer is lost when nothing came from it in three of them. A
 * beat that comes late, because this process was busy or stopped, is not counted, since it says nothing
 * of the peers. Neither is one at which a peer cannot have answered, because the PING waits behind
 * other messages, which the peer takes.
 *
 * It does not keep the process alive.
 */
export class Heartbeat<Peer extends Living> {
  private state: State = RESTING;
  private observations = new Map<Peer, Observation>();

  /** @param interval milliseconds from beat to beat; 0 means that nobody is watched */
  constructor(
    private readonly interval: number,
    private readonly owner: HeartbeatOwner<Peer>,
  ) {}

  /** Whether anybody is watched. */
  get isOn(): boolean {
    return this.interval > 0;
  }

  /** Milliseconds after which a peer is lost. */
  get silence(): number {
    return QUIET_BEATS * this.interval;
  }

  /** Something may be expected of a peer. */
  start(): void {
    if (this.state.name === 'resting' && this.isOn) {
      this.wait();
    }
  }

  stop(): void {
    const { state } = this;
    if (state.name === 'waiting') {
      clearTimeout(state.timer);
    } else if (state.name === 'listening') {
      clearImmediate(state.turn);
    }
    this.state = RESTING;
    this.observations.clear();
  }

  private wait(): void {
    const since = performance.now();
    const timer = setTimeout(() => this.listen(since), this.interval).unref();
    this.state = { name: 'waiting', timer, since };
  }

  private listen(since: number): void {
    const isLate = performance.now() - since >= 2 * this.interval;
    this.state = { name: 'listening', turn: setImmediate(() => this.beat(isLate)) };
  }

  private beat(isLate: boolean): void {
    const peers = new Set(this.owner.expected());
    const before = this.observations;
    const quiet: Peer[] = [];
    this.observations = new Map();
    for (const peer of peers) {
      const { heardAt, sentAt } = peer;
      const last = before.get(peer);
      const isQuiet = last !== undefined && !showsLife(peer, last);
      const quietBeats = isQuiet ? last.quietBeats + (isLate ? 0 : 1) : 0;
      this.observations.set(peer, { heardAt, sentAt, quietBeats, question: last?.question });
      if (isQuiet) {
        quiet.push(peer);
      }
    }
    this.state = RESTING;
    if (this.owner.isExpecting) {
      this.wait();
    }
    quiet.forEach((peer) => this.address(peer));
  }

  /** Asks a quiet peer, or reports that it is lost. */
  private address(peer: Peer): void {
    // The loss of another may have ended what was expected of it.
    const observation = this.observations.get(peer);
    if (observation && observation.quietBeats >= QUIET_BEATS) {
      this.observations.delete(peer);
      this.owner.lost(peer);
    } else if (observation) {
      observation.question = this.owner.ping(peer);
    }
  }
}

function showsLife({ heardAt, sentAt }: Living, last: Observation): boolean {
  const takesMessages = sentAt !== last.sentAt && last.question?.wasSent === false;
  return heardAt !== last.heardAt || takesMessages;
}
