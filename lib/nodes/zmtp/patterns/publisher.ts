import type { Subscription } from '../core/subscription.js';
import type { Batch } from '../../sending/packing.js';
import type { Connection } from '../connection.js';
import { Topics } from '../topics.js';
import { messageOf } from './message.js';
import type { Pattern, PatternOwner, Sent } from './pattern.js';

/** PUB: sends to all that have asked for the topic (29/PUBSUB). Who has no room misses the message. */
export class PublisherPattern implements Pattern {
  private readonly subscribers = new Map<Connection, Topics>();

  constructor(private readonly owner: PatternOwner) {}

  admit(connection: Connection): void {
    this.subscribers.set(connection, new Topics());
  }

  forget(connection: Connection): void {
    this.subscribers.delete(connection);
  }

  receive(): number {
    return 1;
  }

  send(batch: Batch): Sent {
    const message = messageOf(batch);
    for (const [connection, topics] of this.subscribers) {
      if (topics.match(batch.route.address)) {
        if (connection.isWritable) {
          connection.send(message);
        } else {
          this.owner.dropped('event for a subscriber that takes nothing', () => connection.name);
        }
      }
    }
    return 'sent';
  }

  subscription(connection: Connection, { type, topic }: Subscription): void {
    const topics = this.subscribers.get(connection);
    if (type === 'subscribe') {
      topics?.add(topic);
    } else {
      topics?.remove(topic);
    }
  }
}
