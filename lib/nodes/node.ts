import type { RemoteCallError } from '../errors/remote-call.error.js';
import type { Slice } from '../cbor/slice.js';
import type { Route } from './route.js';
import type { AuthenticatedPeer } from './security.js';

/** A message on its way to a peer. */
export interface OutgoingMessage {
  readonly route: Route;
  /** About how many bytes it holds, for the limits of the send queue. */
  readonly size: number;
  /** True once it is not wanted any more: it then leaves the send queue, neither sent nor failed. */
  readonly abandoned: boolean;
  /** True where there should be room when there is none for others, as for what ends a call. */
  readonly isExempt?: boolean;
  /**
   * Its payload where that may stand in one frame with others of its route; undefined where it
   * travels alone.
   *
   * @param now the time of the hand-over, on the clock of `performance.now()`
   */
  slice(now: number): Slice | undefined;
  /** The frames after those of its route, where it travels alone. */
  frames(now: number): readonly Uint8Array[];
  /** Called once it was handed to the transport. */
  sent(): void;
  /** Called when it never will be. */
  failed(error: RemoteCallError): void;
}

/** What a node reports to its owner. No method may throw; each may close the node. */
export interface NodeListener {
  /**
   * A message arrived: its first frame (its sender on UDP), and the frames after that.
   *
   * @returns how many envelopes it held, as a measure of the work that it makes; undefined for one
   */
  message(address: Buffer, frames: Buffer[]): number | undefined;
  /** A link of a connecting node is usable: the handshake is done. */
  up?(): void;
  /** A link of a connecting node is lost. The node goes on trying to restore it. */
  down?(reason: string): void;
  /** A connecting node has made a connection to this address. */
  reached?(address: string): void;
  /**
   * An attempt of a connecting node to connect to this address has failed. Another one follows.
   *
   * @param refusal where the other side said that it refuses these credentials
   */
  unreachable?(address: string, refusal?: RemoteCallError): void;
  /** Something went wrong that no message fails with. */
  error?(error: RemoteCallError): void;
  /**
   * A message or a connection had to be dropped.
   *
   * @param reason one of a fixed set
   * @param detail what else is known of it, such as its source
   */
  dropped?(reason: string, detail?: () => string): void;
}

/** What a node's transport can do. Owners decide by it, never by the kind of a node. */
export interface NodeCapabilities {
  /** Whether messages of one route arrive in order, and each at most once. */
  readonly ordered: boolean;
  /** Whether a message can have several frames: an address, a payload, attachments. */
  readonly multipart: boolean;
  /** Whether a message can reach several receivers, each of which may respond. */
  readonly oneToMany: boolean;
  /** Whether `down` reports each loss of a link. */
  readonly detectsLoss: boolean;
  /** The most bytes that one frame can have; `Infinity` where the transport sets no limit. */
  readonly maxFrame: number;
  /** Bytes beside `maxFrame` that seal each frame; 0 where none is sealed. */
  readonly sealSize: number;
}

/**
 * A transceiver of discrete binary messages.
 *
 * A node wraps a transport, such as a ZeroMQ socket, that it can open, close and open again. While
 * it is open it can send to and receive from one or more peers concurrently. It never stops receiving
 * to hold its peers back: what its owner cannot use, its owner refuses.
 *
 * State diagram:
 *
 * ```text
 *            open()             ready
 *   closed ─────────▶ opening ─────────▶ open ──┐
 *     ▲ ▲    failed     │ ▲               │ ▲   │ post, message
 *     │ └───────────────┤ │   reopen()    │ └───┘
 *     │                 │ └───────────────┤
 *     │         close() ▼         close() │
 *     └───────────── closing ◀────────────┘
 * ```
 *
 * Only `open` has a transport: `closed` is true in all other states. A node that binds nothing is
 * `open` as soon as `open()` returns, and every node without a pending opening is `closed` as soon
 * as `close()` returns. An `open()` while it is closing waits for that.
 *
 * A send that times out, or a transport that breaks, is a `reopen()`. Where that fails, the node
 * reports an error and tries again each second, until it is open or closed.
 *
 * Mirrors `Node` of the Python original.
 */
export interface Node {
  /** How many messages were handed to the transport since it was opened. */
  readonly sendCount: number;
  /** How many messages were received since the transport was opened. */
  readonly receiveCount: number;
  readonly closed: boolean;
  /** The addresses that the node is bound to, with the ports that the system chose. Empty while closed. */
  readonly addresses: readonly string[];
  readonly capabilities: NodeCapabilities;
  /** The transport's own sockets, for features that this package does not wrap. Empty while closed. */
  readonly sockets: readonly unknown[];

  /**
   * Opens the transport and resets the counts. Does nothing when it is open.
   *
   * @throws {RemoteCallError} naming the address when it cannot be bound; nothing stays bound then.
   *   `UNAVAILABLE` when `close` was called meanwhile
   */
  open(listener: NodeListener): Promise<void>;

  /**
   * Closes the transport and opens it again, where it was bound: the way out of one that delivers
   * nothing. Does nothing unless open.
   *
   * The listener receives `down`; then the messages that wait fail with `UNAVAILABLE`. A transport
   * that breaks by itself is reopened in the same way, and the listener receives `error` too.
   *
   * @param reason for the error's context
   */
  reopen(reason: string): void;

  /** Queues a message, which fails at once while closed. */
  post(message: OutgoingMessage): void;

  /**
   * Sends a message.
   *
   * @param frames the frames after the address
   * @returns resolves once it was handed to the transport
   * @throws {RemoteCallError} `UNAVAILABLE` while closed, when the peer is unknown or the transport
   *   was closed or reopened meanwhile; `RESOURCE_EXHAUSTED` when too much waits already
   */
  send(frames: readonly Uint8Array[], address: Uint8Array): Promise<void>;

  /** Takes back everything that was posted and not handed over yet, in order. */
  withdraw(): OutgoingMessage[];

  /**
   * Resolves when little waits for the peer of a route: a producer that waits for it makes messages
   * no faster than they are taken. Undefined where that is so now.
   */
  whenWritable(route: Route): Promise<void> | undefined;

  /** Resolves when nothing waits to be handed over, or after `timeout` milliseconds. */
  flush(timeout: number): Promise<void>;

  /**
   * Connects to addresses that are new, now and at each opening, and disconnects from those that are
   * gone, where one transport serves many.
   */
  follow?(addresses: readonly string[]): void;

  /**
   * Who the sender of messages has proven to be, by its identity. Undefined for one that is not
   * connected, and where nobody has to prove anything.
   *
   * Between two greetings or farewells of an identity it is always the same.
   */
  peerOf?(identity: Buffer): AuthenticatedPeer | undefined;

  /**
   * How many times as long as its request an answer to this sender may be, as long as it has not proven
   * its address; `Infinity`, as where this is not there, for senders whose addresses nobody can forge.
   */
  answerLimit?(sender: Uint8Array): number;

  /** Subscribes to the topics that begin with `topic`, where the node receives by topic. */
  subscribe?(topic: string): void;

  /**
   * Takes no more connections, and keeps those that there are, where the transport can do so: others may
   * bind its addresses then. Until it is closed or reopened.
   *
   * @returns whether it was bound
   */
  stopListening?(): boolean;

  /** Closes the transport. Messages that wait fail with `UNAVAILABLE`. Does nothing when it is closed. */
  close(): void;
}
