import { EnvelopeMessage } from '../../nodes/sending/envelope-message.js';
import { Ping } from '../../nodes/sending/ping.js';
import type { Node } from '../../nodes/node.js';
import { Route } from '../../nodes/route.js';
import { DIRECT } from '../../protocol/wire-constants.js';
import type { Envelope } from '../../protocol/envelope.js';
import type { HelloInfo, RequestId } from '../../protocol/message.js';
import type { MessageWriter } from '../../protocol/message-writer.js';
import type { Peer } from '../peers/peer.js';
import { ReadReceipt } from '../peers/read-receipt.js';
import type { UnprovenSources } from './unproven-sources.js';

const NO_INFO: Required<HelloInfo> = { instance: new Uint8Array(0), heartbeat: 0 };

/** The messages between a server and its clients that belong to no call: HELLO, GOODBYE, PING and PONG. */
export class ControlMessages {
  private info = NO_INFO;
  private pings = 0;

  /** @param creditOf gives what a client is told of the room for its requests */
  constructor(
    private readonly writer: MessageWriter,
    private readonly unproven: UnprovenSources,
    private readonly creditOf: (peer: Peer) => number | undefined,
  ) {}

  /** The server begins to listen. @param info what its clients are told, with a new instance */
  begin(info: Required<HelloInfo>): void {
    this.info = info;
    this.unproven.clear();
  }

  /** Tells a client of this package what this server understands, before its first call. */
  greet(node: Node, client: Buffer): void {
    const hello = this.writer.hello(this.info);
    node.post(new EnvelopeMessage(new Route(client, [DIRECT]), hello, true));
  }

  /**
   * Tells a client that this server takes no more calls.
   *
   * @param vacated whether who connects to its address anew reaches another one
   */
  sayGoodbye(peer: Peer, vacated: boolean): void {
    const goodbye = this.writer.goodbye(vacated ? { vacated } : undefined);
    peer.node.post(new EnvelopeMessage(peer, goodbye, true));
  }

  /** Asks a client whether it is there. */
  ping(peer: Peer): Ping {
    const ping = new Ping(peer, this.pingOf(peer, this.nextToken()));
    peer.node.post(ping);
    return ping;
  }

  /** Asks a client whether it has read all that was sent to it. */
  askForReceipt(peer: Peer): ReadReceipt {
    const token = this.nextToken();
    const receipt = new ReadReceipt(peer, token, this.pingOf(peer, token));
    peer.node.post(receipt);
    return receipt;
  }

  /** Answers a PING. */
  pong(peer: Peer, token: RequestId): void {
    const pong = this.writer.pong(token, { credit: this.creditOf(peer) });
    peer.node.post(new EnvelopeMessage(peer, pong, true));
  }

  /** A client has answered a PING. */
  ponged(peer: Peer, token: RequestId): void {
    if (typeof token === 'number') {
      peer.answeredPing = token;
    } else {
      this.unproven.answered(peer, token);
    }
  }

  private pingOf(peer: Peer, token: number): Envelope {
    return this.writer.ping(token, { credit: this.creditOf(peer) });
  }

  private nextToken(): number {
    return this.pings++ >>> 0;
  }
}
