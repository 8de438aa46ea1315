import type { NodeCapabilities } from '../../nodes/node.js';

/** The time over which a mean is taken, in milliseconds. */
const SPAN = 1000;

/** The share of the latest span in the moving average, once there were as many spans. */
const SHARE = 1 / 8;

/** By how much the load differs at least from what a client knows before it is told, as a ratio. */
const STEP = 1.05;

/** A client that is told. */
interface InformedPeer {
  /** What it was told last, in hundredths. */
  toldLoad: number;
  readonly node: { readonly capabilities: Pick<NodeCapabilities, 'ordered'> };
}

/**
 * Averages how many requests are in flight here, and says which clients have to be told: those that have
 * links to a part of the servers give the busier ones fewer calls.
 *
 * It changes slowly, so that clients that all do the same do not make it swing.
 */
export class Load {
  private average = 0;
  private spans = 0;
  private sum = 0;
  private samples = 0;
  private spanEnd = 0;

  /** A request has come. @param inFlight how many are there beside it @param now in milliseconds */
  arrived(inFlight: number, now: number): void {
    if (now >= this.spanEnd) {
      this.endSpan(now);
    }
    this.sum += inFlight;
    this.samples++;
  }

  /** What a client is told, in hundredths; undefined where it knows that well enough. */
  for(peer: InformedPeer): number | undefined {
    const { average } = this;
    const ratio = (average + 1) / (peer.toldLoad / 100 + 1);
    if ((ratio < STEP && ratio > 1 / STEP) || !peer.node.capabilities.ordered) {
      return undefined;
    }
    peer.toldLoad = Math.round(average * 100);
    return peer.toldLoad;
  }

  private endSpan(now: number): void {
    const mean = this.samples > 0 ? this.sum / this.samples : 0;
    // At first the mean of all spans: a server that has just come is soon no better than others.
    const share = this.samples > 0 ? Math.max(SHARE, 1 / ++this.spans) : SHARE;
    const idleSpans = this.spanEnd > 0 ? Math.floor((now - this.spanEnd) / SPAN) : 0;
    this.average = (this.average + (mean - this.average) * share) * (1 - SHARE) ** idleSpans;
    this.sum = 0;
    this.samples = 0;
    this.spanEnd = now + SPAN;
  }
}
