import { RemoteCallError } from '../../errors/remote-call.error.js';
import { optionError } from '../../errors/option-error.js';
import { Codec, LARGEST_LIMITS } from '../../cbor/codec.js';
import { EncodeError } from '../../cbor/codec-error.js';
import type { NodeCapabilities } from '../../nodes/node.js';
import type { Envelope } from '../../protocol/envelope.js';
import { MessageType } from '../../protocol/message.js';
import { MessageReader } from '../../protocol/message-reader.js';
import type { MessageWriter } from '../../protocol/message-writer.js';
import type { ResolvedClientOptions } from '../client-options.js';
import type { CallOptions } from '../remote-record.js';

/** Turns calls and events into envelopes, at once: the caller may change its values afterwards. */
export class CallEncoder {
  private readonly limit: number;
  /** The limits of the codec are for received values; its own calls may exceed them. */
  private readonly reader = new MessageReader(new Codec(LARGEST_LIMITS));

  /** @param room for a payload */
  constructor(
    { codec }: ResolvedClientOptions,
    private readonly writer: MessageWriter,
    private readonly room: Pick<NodeCapabilities, 'maxFrame' | 'sealSize'>,
  ) {
    this.limit = Math.min(room.maxFrame, codec.maxPayload);
  }

  /**
   * @param timeout milliseconds that it has; 0 means no limit
   * @param attaches whether large byte strings may travel in frames of their own
   * @throws {RemoteCallError} `INVALID_ARGUMENT` for what cannot be encoded
   */
  request(
    id: number,
    method: string,
    args: readonly unknown[],
    { metadata }: CallOptions,
    timeout: number,
    attaches: boolean,
  ): Envelope {
    const header = {
      timeout: timeout > 0 ? Math.ceil(timeout) : undefined,
      metadata: metadata && checkedMetadata(metadata),
    };
    try {
      return this.checked(method, this.writer.request(id, method, args, header, attaches));
    } catch (error) {
      throw cannotSend(method, args, error);
    }
  }

  /**
   * @param attaches whether large byte strings may travel in frames of their own
   * @throws {RemoteCallError} `INVALID_ARGUMENT` for what cannot be encoded
   */
  notification(
    method: string,
    args: readonly unknown[],
    { metadata }: CallOptions,
    attaches: boolean,
  ): Envelope {
    const header = metadata && { metadata: checkedMetadata(metadata) };
    try {
      return this.checked(method, this.writer.notification(method, args, header, attaches));
    } catch (error) {
      throw cannotSend(method, args, error);
    }
  }

  /**
   * The same envelope with its attachments in it.
   *
   * @param id the id of the request, where it gets another
   * @throws {RemoteCallError} `INVALID_ARGUMENT` for a value that can be written but not read, or that
   *   is too long now
   */
  withoutAttachments({ bytes, attachments }: Envelope, id?: number): Envelope {
    const [message] = this.reader.read(bytes, attachments).messages;
    const { attachments: _count, ...header } = message?.header ?? {};
    try {
      if (message?.type === MessageType.REQUEST && typeof message.id === 'number') {
        return this.writer.request(id ?? message.id, message.method, message.args, header);
      }
      if (message?.type === MessageType.NOTIFICATION) {
        return this.writer.notification(message.method, message.args, header);
      }
    } catch (cause) {
      throw cannotResend(cause);
    }
    throw cannotResend(undefined);
  }

  /** A server drops the link of a client that sends more than the limit. */
  private checked(method: string, envelope: Envelope): Envelope {
    const { limit } = this;
    const bytes = envelope.size;
    if (bytes > limit) {
      throw new RemoteCallError(
        `cannot send '${method}': ${bytes} bytes with their header, where ${limit} ` +
          `have room${this.whereRoomIs()}`,
        { method, bytes, limit },
        { code: 'INVALID_ARGUMENT' },
      );
    }
    return envelope;
  }

  private whereRoomIs(): string {
    const { maxFrame, sealSize } = this.room;
    if (maxFrame === Infinity) {
      return ' (option codec.maxPayload)';
    }
    return sealSize > 0 ? ` in a datagram, beside ${sealSize} that seal it` : ' in a datagram';
  }
}

function cannotResend(cause: unknown): RemoteCallError {
  return new RemoteCallError(
    'the link was lost before this was sent, and its values cannot be sent by another one',
    {},
    { code: 'INVALID_ARGUMENT', cause },
  );
}

function cannotSend(method: string, args: readonly unknown[], error: unknown): unknown {
  if (!(error instanceof EncodeError)) {
    return error;
  }
  const { message, path } = asCallerWrote(error, args);
  return new RemoteCallError(
    `cannot send '${method}': ${message}`,
    { method, path },
    { code: 'INVALID_ARGUMENT', cause: error },
  );
}

/** One argument is Nest's `data`, whose path begins in it; several are `args`. */
function asCallerWrote({ problem, path }: EncodeError, args: readonly unknown[]): EncodeError {
  return args.length === 1
    ? new EncodeError(problem, path.slice(1), 'data')
    : new EncodeError(problem, path, 'args');
}

/** The metadata without members that are undefined, as JSON leaves them out; undefined if none is left. */
function checkedMetadata(metadata: Record<string, string>): Record<string, string> | undefined {
  const texts = Object.values<unknown>(metadata);
  if (texts.every((text) => typeof text === 'string')) {
    return texts.length > 0 ? metadata : undefined;
  }
  const entries = Object.entries<unknown>(metadata).filter(([, text]) => text !== undefined);
  for (const [name, text] of entries) {
    if (typeof text !== 'string') {
      throw optionError(`metadata.${name}`, text, 'give a text');
    }
  }
  return entries.length > 0 ? (Object.fromEntries(entries) as Record<string, string>) : undefined;
}
