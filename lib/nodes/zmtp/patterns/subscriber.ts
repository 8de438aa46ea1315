import type { Subscription } from '../core/subscription.js';
import type { Connection } from '../connection.js';
import { Topics } from '../topics.js';
import type { Pattern, PatternOwner, Sent } from './pattern.js';

/** SUB: asks all publishers for topics, and takes what begins with one of them (29/PUBSUB). */
export class SubscriberPattern implements Pattern {
  private readonly publishers = new Set<Connection>();
  private readonly wanted = new Map<string, Buffer>();
  private readonly topics = new Topics();

  constructor(private readonly owner: PatternOwner) {}

  admit(connection: Connection): void {
    this.publishers.add(connection);
    for (const topic of this.wanted.values()) {
      connection.subscribe({ type: 'subscribe', topic });
    }
  }

  forget(connection: Connection): void {
    this.publishers.delete(connection);
  }

  receive(_connection: Connection, [topic, ...frames]: Buffer[]): number {
    // A publisher may send more than it was asked for.
    return topic && this.topics.match(topic) ? this.owner.message(topic, frames) : 1;
  }

  send(): Sent {
    return 'unknown';
  }

  subscribe(subscription: Subscription): void {
    const { type, topic } = subscription;
    const key = topic.toString('latin1');
    if ((type === 'subscribe') === this.wanted.has(key)) {
      return;
    }
    if (type === 'subscribe') {
      this.wanted.set(key, topic);
      this.topics.add(topic);
    } else {
      this.wanted.delete(key);
      this.topics.remove(topic);
    }
    this.publishers.forEach((publisher) => publisher.subscribe(subscription));
  }
}
