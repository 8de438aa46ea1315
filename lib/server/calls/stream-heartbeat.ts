import { Heartbeat, type HeartbeatOwner } from '../../calls/heartbeat.js';
import type { Ping } from '../../nodes/sending/ping.js';
import type { Peer } from '../peers/peer.js';
import type { CallTable } from './call-table.js';
import type { ControlMessages } from './control-messages.js';
import type { IncomingCall } from './incoming-call.js';
import type { Responder } from './responder.js';

/** Notices clients that are gone without a word while streams are open to them, and ends the streams. */
export class StreamHeartbeat implements HeartbeatOwner<Peer<IncomingCall>> {
  private readonly heartbeat: Heartbeat<Peer<IncomingCall>>;

  /** @param interval milliseconds of silence after which a client is asked; 0 means never */
  constructor(
    interval: number,
    private readonly calls: CallTable,
    private readonly control: ControlMessages,
    private readonly responder: Responder,
  ) {
    this.heartbeat = new Heartbeat(interval, this);
  }

  /** A stream has begun. */
  start(): void {
    this.heartbeat.start();
  }

  stop(): void {
    this.heartbeat.stop();
  }

  get isExpecting(): boolean {
    return this.calls.streaming().length > 0;
  }

  expected(): Iterable<Peer<IncomingCall>> {
    return this.calls.streaming().map(({ peer }) => peer);
  }

  ping(peer: Peer<IncomingCall>): Ping {
    return this.control.ping(peer);
  }

  lost(peer: Peer<IncomingCall>): void {
    for (const call of this.calls.streaming()) {
      if (call.peer === peer) {
        // With a response, for a caller that was only busy: its stream would never end otherwise.
        this.responder.failAndAbort(call, {
          message: `nothing came from the caller for ${this.heartbeat.silence} ms (option heartbeat)`,
          context: {},
          code: 'UNAVAILABLE',
        });
      }
    }
  }
}
