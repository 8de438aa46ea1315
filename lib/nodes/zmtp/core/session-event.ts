import type { Ping } from './heartbeat.js';
import type { ProtocolError } from './protocol-error.js';
import type { Subscription } from './subscription.js';

/** What a session wants done, or tells. */
export type SessionEvent = SendEvent | CandidateEvent | ReadyEvent | TrafficEvent | FailedEvent;

/** These bytes are to be sent. */
export interface SendEvent {
  readonly type: 'send';
  readonly bytes: Buffer;
}

/** Somebody asks to come in: `admit` or `refuse` of the session decides, now or later. */
export interface CandidateEvent {
  readonly type: 'candidate';
  /** 32 bytes, whose secret the other side has. */
  readonly publicKey: Buffer;
  /** Empty where the other side has none. */
  readonly identity: Buffer;
}

/** The handshake is done. */
export interface ReadyEvent {
  readonly type: 'ready';
  /** Empty where the other side has none. */
  readonly identity: Buffer;
}

/** What comes once a session is ready. A PUB receives subscriptions, all others messages. */
export type TrafficEvent = MessageEvent | Subscription | PingEvent;

export interface MessageEvent {
  readonly type: 'message';
  /** Views on the chunks that they came in. */
  readonly frames: Buffer[];
}

/** The other side asks for a sign of life. */
export interface PingEvent extends Ping {
  readonly type: 'ping';
}

/** The connection is to be closed. */
export interface FailedEvent {
  readonly type: 'failed';
  readonly error: ProtocolError;
  /** To be sent before. */
  readonly lastWords: Buffer | undefined;
}
