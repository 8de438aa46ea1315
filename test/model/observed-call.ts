import { type RemoteClient, RemoteRecordBuilder } from 'nestjs-remote';
import type { Observable } from 'rxjs';
import type { Behaviour } from './behaviour.js';

/** How a call or an event ended, for its caller. */
export type Ending = { kind: 'completed' } | { kind: 'failed'; error: unknown };

/** How a call is made. */
export interface CallPlan {
  readonly behaviour: Behaviour;
  /** `send` sees every value, a promise the last one. */
  readonly style: 'send' | 'promise';
  /** Milliseconds; 0 means none. */
  readonly timeout: number;
}

/** What the caller of one call, or the sender of one event, has heard. */
export abstract class Observed {
  readonly values: unknown[] = [];
  readonly endings: Ending[] = [];
  /** The caller went away before it heard of an end. */
  isCancelled = false;

  get isOver(): boolean {
    return this.isCancelled || this.endings.length > 0;
  }

  cancel(): void {
    if (!this.isOver) {
      this.isCancelled = true;
      this.leave();
    }
  }

  protected complete(): void {
    this.endings.push({ kind: 'completed' });
  }

  protected fail(error: unknown): void {
    this.endings.push({ kind: 'failed', error });
  }

  /** Listens to an Observable, and returns what stops it. */
  protected observe(source: Observable<unknown>): () => void {
    const subscription = source.subscribe({
      next: (value) => this.values.push(value),
      error: (error) => this.fail(error),
      complete: () => this.complete(),
    });
    return () => subscription.unsubscribe();
  }

  protected abstract leave(): void;
}

/** A call as its caller sees it. */
export class ObservedCall extends Observed {
  private readonly stop: () => void;

  /** Makes the call. */
  constructor(
    client: RemoteClient,
    readonly key: number,
    readonly plan: CallPlan,
  ) {
    super();
    const { behaviour, style, timeout } = plan;
    if (style === 'send') {
      const record = RemoteRecordBuilder.fromArguments(key, behaviour).setTimeout(timeout).build();
      this.stop = this.observe(client.send('run', record));
      return;
    }
    const controller = new AbortController();
    client.issueCall('run', [key, behaviour], { timeout, signal: controller.signal }).then(
      (value) => {
        this.values.push(value);
        this.complete();
      },
      (error: unknown) => this.fail(error),
    );
    this.stop = () => controller.abort();
  }

  override toString(): string {
    return `call ${this.key}`;
  }

  protected leave(): void {
    this.stop();
  }
}

/** An event as its sender sees it. */
export class ObservedEvent extends Observed {
  /** Emits the event. */
  constructor(
    client: RemoteClient,
    readonly key: number,
  ) {
    super();
    this.observe(client.emit('note', key));
  }

  override toString(): string {
    return `event ${this.key}`;
  }

  protected leave(): void {
    throw new Error('an event cannot be cancelled');
  }
}
