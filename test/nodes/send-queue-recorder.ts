import { RemoteCallError } from '../../lib/errors/remote-call.error.js';
import type { OutgoingMessage } from '../../lib/nodes/node.js';
import type { SendQueueLimits } from '../../lib/nodes/sending/send-limits.js';
import { type Handover, SendQueue } from '../../lib/nodes/sending/send-queue.js';
import type { Batch, PackingLimits } from '../../lib/nodes/sending/packing.js';
import { Route } from '../../lib/nodes/route.js';
import type { Slice } from '../../lib/cbor/slice.js';

/** How a {@link TextMessage} differs from one that travels alone and is as large as its text. */
export interface TextMessageOptions {
  /** Whether it may share a frame. */
  isPackable?: boolean;
  isExempt?: boolean;
  size?: number;
  route?: Route;
  /** Is called once it was sent. */
  onSent?: () => void;
}

/** A message whose text begins with its peer: `a1` is for `a`. */
export class TextMessage implements OutgoingMessage {
  abandoned = false;
  readonly route: Route;
  readonly size: number;
  readonly isExempt: boolean;

  constructor(
    readonly text: string,
    private readonly recorder: SendQueueRecorder,
    private readonly options: TextMessageOptions,
  ) {
    this.route = options.route ?? recorder.routeTo(text.replace(/\d+$/, ''));
    this.size = options.size ?? text.length;
    this.isExempt = options.isExempt ?? false;
  }

  slice(): Slice | undefined {
    return this.options.isPackable === true
      ? { buffer: Buffer.from(this.text), start: 0, end: this.text.length }
      : undefined;
  }

  frames(): readonly Uint8Array[] {
    return [Buffer.from(this.text)];
  }

  sent(): void {
    this.recorder.outcomes.push(`${this.text} sent`);
    this.options.onSent?.();
  }

  failed({ code }: RemoteCallError): void {
    this.recorder.outcomes.push(`${this.text} ${code}`);
  }
}

/** Takes the batches of a send queue, and records the outcomes of its messages. The peer `unknown` is not connected. */
export class SendQueueRecorder {
  packing: PackingLimits = { maxBytes: 20, maxMessages: 3 };
  /** The frames that were tried, as text, and of these the ones that were taken. */
  readonly tried: string[] = [];
  readonly taken: string[] = [];
  readonly outcomes: string[] = [];
  /** Peers that take nothing. */
  readonly full = new Set<string>();
  stalls = 0;
  /** While true, hand-overs last until {@link finish}. */
  isSlow = false;
  /** Whether hand-overs end at once, without a promise. */
  isPrompt = false;
  /** How many hand-overs last, and how many did at most. */
  underWay = 0;
  most = 0;

  private readonly routes = new Map<string, Route>();
  private readonly unfinished: (() => void)[] = [];

  sendQueue(limits?: SendQueueLimits, maxUnderWay = 1): SendQueue {
    return new SendQueue(
      {
        packing: this.packing,
        maxUnderWay,
        handOver: (batch) => this.handOver(batch),
        stalled: () => void this.stalls++,
      },
      limits,
    );
  }

  routeTo(peer: string): Route {
    const route = this.routes.get(peer) ?? new Route(Buffer.from(peer));
    this.routes.set(peer, route);
    return route;
  }

  message(text: string, options: TextMessageOptions = {}): TextMessage {
    return new TextMessage(text, this, options);
  }

  /** Posts messages that travel alone. */
  post(sendQueue: SendQueue, ...texts: string[]): void {
    texts.forEach((text) => sendQueue.post(this.message(text)));
  }

  /** Posts messages that may share frames. */
  postPackable(sendQueue: SendQueue, ...texts: string[]): void {
    texts.forEach((text) => sendQueue.post(this.message(text, { isPackable: true })));
  }

  /** Lets the hand-over that lasts longest end. */
  finish(): void {
    this.unfinished.shift()?.();
  }

  private handOver(batch: Batch): Handover | Promise<Handover> {
    this.tried.push(textOf(batch));
    return this.isPrompt ? this.outcomeOf(batch) : this.outcomeLater(batch);
  }

  private async outcomeLater(batch: Batch): Promise<Handover> {
    this.most = Math.max(this.most, ++this.underWay);
    await (this.isSlow
      ? new Promise<void>((resolve) => {
          this.unfinished.push(resolve);
        })
      : Promise.resolve());
    this.underWay--;
    return this.outcomeOf(batch);
  }

  private outcomeOf(batch: Batch): Handover {
    const { route } = batch;
    if (route.peer === 'unknown') {
      return new RemoteCallError('the peer is not connected', {}, { code: 'UNAVAILABLE' });
    }
    if (this.full.has(route.peer)) {
      return 'full';
    }
    this.taken.push(textOf(batch));
    return 'sent';
  }
}

function textOf({ frames }: Batch): string {
  return frames.map(String).join('+');
}

/** The texts of messages. */
export function textsOf(messages: readonly OutgoingMessage[]): string[] {
  return messages.map((message) => String(message.frames(0)[0]));
}
