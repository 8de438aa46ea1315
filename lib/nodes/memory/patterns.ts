import { randomBytes } from 'node:crypto';
import type { Batch } from '../sending/packing.js';
import type { ConnectionEnd } from './connection-end.js';

/** What an empty message consists of: a greeting or a farewell. */
const NOTHING = Buffer.alloc(0);

/** What became of a message: `full` means later, `unknown` that its peer is not connected. */
export type Sent = 'sent' | 'full' | 'unknown';

/** Takes a message for the application. */
export type Take = (address: Buffer, frames: Buffer[]) => void;

/** How one type of socket uses its connections. */
export interface Pattern {
  /** A connection is ready. */
  admit(end: ConnectionEnd): void;
  /** A connection that was admitted is lost. */
  forget(end: ConnectionEnd): void;
  /** A message has come. */
  receive(end: ConnectionEnd, frames: Buffer[]): void;
  /** Sends a message to whom it is for. */
  send(batch: Batch): Sent;
}

/**
 * ROUTER: sends to the peer that a message names. Of two peers with one identity the younger takes
 * over, and an empty message says that a peer is gone.
 */
export class RouterPattern implements Pattern {
  private readonly peers = new Map<string, ConnectionEnd>();

  constructor(private readonly take: Take) {}

  admit(end: ConnectionEnd): void {
    if (end.identity.length === 0) {
      // As libzmq makes them: no peer can give itself one that begins with a zero byte.
      end.identity = Buffer.concat([Buffer.of(0), randomBytes(16)]);
    }
    this.peers.set(keyOf(end), end);
  }

  forget(end: ConnectionEnd): void {
    if (this.peers.get(keyOf(end)) === end) {
      this.peers.delete(keyOf(end));
      this.take(end.identity, [NOTHING]);
    }
  }

  receive(end: ConnectionEnd, frames: Buffer[]): void {
    if (this.peers.get(keyOf(end)) === end) {
      this.take(end.identity, frames);
    }
  }

  send({ route, frames }: Batch): Sent {
    const end = this.peers.get(route.peer);
    return end ? sendTo(end, [...route.head, ...frames]) : 'unknown';
  }
}

/** DEALER: greets each peer with an empty message, and sends to those that it has in turn. */
export class DealerPattern implements Pattern {
  private readonly ends: ConnectionEnd[] = [];

  constructor(private readonly take: Take) {}

  admit(end: ConnectionEnd): void {
    this.ends.push(end);
    end.send([NOTHING]);
  }

  forget(end: ConnectionEnd): void {
    this.ends.splice(this.ends.indexOf(end), 1);
  }

  receive(_end: ConnectionEnd, [address, ...frames]: Buffer[]): void {
    if (address) {
      this.take(address, frames);
    }
  }

  send(batch: Batch): Sent {
    const end = this.ends.shift();
    if (!end) {
      return 'full';
    }
    this.ends.push(end);
    return sendTo(end, messageOf(batch));
  }
}

/** PUB: sends to all subscribers, who take what they want. */
export class PublisherPattern implements Pattern {
  private readonly ends = new Set<ConnectionEnd>();

  admit(end: ConnectionEnd): void {
    this.ends.add(end);
  }

  forget(end: ConnectionEnd): void {
    this.ends.delete(end);
  }

  receive(): void {
    // Nobody sends to a PUB.
  }

  send(batch: Batch): Sent {
    this.ends.forEach((end) => end.send(messageOf(batch)));
    return 'sent';
  }
}

/** SUB: takes what begins with one of its topics. */
export class SubscriberPattern implements Pattern {
  constructor(
    private readonly take: Take,
    private readonly topics: ReadonlySet<string>,
  ) {}

  admit(): void {
    // It takes from whoever sends.
  }

  forget(): void {
    // It keeps nothing of a publisher.
  }

  receive(_end: ConnectionEnd, [topic, ...frames]: Buffer[]): void {
    if (topic && [...this.topics].some((wanted) => topic.toString().startsWith(wanted))) {
      this.take(topic, frames);
    }
  }

  send(): Sent {
    return 'unknown';
  }
}

function sendTo(end: ConnectionEnd, frames: readonly Uint8Array[]): Sent {
  if (!end.isWritable) {
    return 'full';
  }
  end.send(frames);
  return 'sent';
}

/** All frames of a message whose first is its address: of every socket but ROUTER. */
function messageOf({ route, frames }: Batch): readonly Uint8Array[] {
  return [route.address, ...route.head, ...frames];
}

function keyOf({ identity }: ConnectionEnd): string {
  return identity.toString('latin1');
}
