import { randomBytes } from 'node:crypto';
import { RawItem } from '../../cbor/values.js';
import { EnvelopeMessage } from '../../nodes/sending/envelope-message.js';
import type { DropCounter } from '../../observe/drop-counter.js';
import type { RequestId } from '../../protocol/message.js';
import type { MessageWriter } from '../../protocol/message-writer.js';
import type { Peer } from '../peers/peer.js';
import type { OutgoingResponse } from './outgoing-response.js';

/** The bytes of a token, so many that nobody guesses one, and the head of its byte string. */
const TOKEN_SIZE = 8;
const TOKEN_HEAD = 0x40 | TOKEN_SIZE;

/** How many bytes of responses are held at most, for all sources. */
const MOST_HELD = 4 * 1024 * 1024;

/** Responses to a source whose address is asked for. */
interface Held {
  readonly token: Buffer;
  readonly responses: OutgoingResponse[];
}

/**
 * Asks extended sources whose addresses may be forged to prove them, where a response is much longer
 * than its request, and holds the response until they have. Who does not get the token cannot answer.
 */
export class UnprovenSources {
  /** The one that was asked first comes first. */
  private readonly held = new Map<Peer, Held>();
  private bytes = 0;

  constructor(
    private readonly writer: MessageWriter,
    private readonly drops: DropCounter,
  ) {}

  /** Sends a response once its source has proven its address. */
  hold(response: OutgoingResponse): void {
    const { peer } = response.call;
    const held = this.held.get(peer) ?? { token: newToken(), responses: [] };
    this.held.set(peer, held);
    held.responses.push(response);
    this.bytes += response.size;
    while (this.bytes > MOST_HELD) {
      this.dropOldest();
    }
    // Again for each response: the PING before may be lost, as any datagram.
    peer.node.post(new EnvelopeMessage(peer, this.writer.ping(new RawItem(held.token)), true));
  }

  /** A source has answered a PING. */
  answered(peer: Peer, token: RequestId): void {
    const held = this.held.get(peer);
    if (held && token instanceof RawItem && held.token.equals(token.bytes)) {
      peer.prove();
      for (const response of this.take(peer, held)) {
        peer.node.post(response);
      }
    }
  }

  /** Forgets what is held. */
  clear(): void {
    this.held.clear();
    this.bytes = 0;
  }

  private dropOldest(): void {
    for (const [peer, held] of this.held) {
      for (const { call } of this.take(peer, held)) {
        this.drops.add(NOT_PROVEN, () => `'${call.method}' to ${peer.name}`);
      }
      return;
    }
  }

  private take(peer: Peer, { responses }: Held): readonly OutgoingResponse[] {
    this.held.delete(peer);
    this.bytes -= responses.reduce((sum, { size }) => sum + size, 0);
    return responses;
  }
}

/** Why a response is dropped, or replaced by an error. */
export const NOT_PROVEN = 'response too long for a source that has not proven its address';

/** A token as CBOR. */
function newToken(): Buffer {
  return Buffer.concat([Buffer.of(TOKEN_HEAD), randomBytes(TOKEN_SIZE)]);
}
