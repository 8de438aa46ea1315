import { readCommand } from './command.js';
import { readError } from './error-command.js';
import type { Frame } from './frame-reader.js';
import { readPing } from './heartbeat.js';
import type { TrafficEvent } from './session-event.js';
import type { SocketType } from './socket-type.js';
import { readSubscription } from './subscription.js';

/** What the other side sends after the handshake: frames of messages, and commands. */
export class Traffic {
  /** The frames of an unfinished message. */
  private frames: Buffer[] = [];

  /** @param ours the type of the socket that receives it */
  constructor(private readonly ours: SocketType) {}

  /**
   * Takes a frame.
   *
   * @returns undefined where it is no event by itself
   * @throws {ProtocolError} for a malformed command, and for an ERROR of the other side
   */
  receive({ isCommand, hasMore, body }: Frame): TrafficEvent | undefined {
    if (isCommand) {
      // Even within a message: libzmq may put a PING between two of its frames.
      return this.command(body);
    }
    this.frames.push(body);
    if (hasMore) {
      return undefined;
    }
    const { frames } = this;
    this.frames = [];
    // A PUB receives nothing but subscriptions (29/PUBSUB).
    return this.ours === 'PUB' ? readSubscription(frames) : { type: 'message', frames };
  }

  /** Unknown commands are ignored. So is PONG, which is a sign of life as all that comes. */
  private command(body: Buffer): TrafficEvent | undefined {
    const { name, data } = readCommand(body);
    switch (name) {
      case 'PING':
        return { type: 'ping', ...readPing(data) };
      case 'SUBSCRIBE':
        return this.ours === 'PUB' ? { type: 'subscribe', topic: data } : undefined;
      case 'CANCEL':
        return this.ours === 'PUB' ? { type: 'cancel', topic: data } : undefined;
      case 'ERROR':
        throw readError(data);
      default:
        return undefined;
    }
  }
}
