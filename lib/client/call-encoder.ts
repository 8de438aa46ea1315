import { RemoteCallError } from '../errors/remote-call.error.js';
import { optionError } from '../errors/option-error.js';
import { milliseconds, routingId } from '../options/option-check.js';
import { EncodeError } from '../protocol/codec-error.js';
import type { Envelope } from '../protocol/envelope.js';
import type { Message } from '../protocol/message.js';
import { MessageType } from '../protocol/message.js';
import type { MessageReader } from '../protocol/message-reader.js';
import type { MessageWriter } from '../protocol/message-writer.js';
import type { ResolvedClientOptions } from './client-options.js';
import { DIRECT } from './link-route.js';
import type { PendingContent } from './pending.js';
import type { CallOptions } from './remote-record.js';

/** Turns calls and events into envelopes, at once: the caller may change its values afterwards. */
export class CallEncoder {
  private readonly limit: number;

  /** @param maxFrame the most bytes that a payload can have; undefined means no limit */
  constructor(
    private readonly options: ResolvedClientOptions,
    private readonly writer: MessageWriter,
    private readonly reader: MessageReader,
    private readonly maxFrame: number | undefined,
  ) {
    this.limit = Math.min(maxFrame ?? Infinity, options.codec.maxPayload);
  }

  /**
   * @param attaches whether large byte strings may travel to an address in frames of their own
   * @throws {RemoteCallError} `INVALID_ARGUMENT` for what cannot be encoded, or an option
   */
  request(
    id: number,
    method: string,
    args: readonly unknown[],
    options: CallOptions,
    attaches: (address: Buffer) => boolean,
  ): PendingContent {
    const timeout = milliseconds('timeout', options.timeout, this.options.timeout);
    const header = {
      timeout: timeout > 0 ? Math.ceil(timeout) : undefined,
      metadata: options.metadata && checkedMetadata(options.metadata),
    };
    const address = this.addressOf(method, options);
    const envelope = this.encode(method, () =>
      this.writer.request(id, method, args, header, attaches(address)),
    );
    return { method, address, envelope, timeout };
  }

  /** @throws {RemoteCallError} `INVALID_ARGUMENT` for what cannot be encoded, or an option */
  notification(
    method: string,
    args: readonly unknown[],
    options: CallOptions,
    attaches: (address: Buffer) => boolean,
  ): PendingContent {
    const timeout = milliseconds('timeout', options.timeout, this.options.timeout);
    const header = options.metadata && { metadata: checkedMetadata(options.metadata) };
    const address = this.addressOf(method, options);
    const envelope = this.encode(method, () =>
      this.writer.notification(method, args, header, attaches(address)),
    );
    return { method, address, envelope, timeout };
  }

  /** The same envelope with its attachments in it. */
  withoutAttachments({ bytes, attachments }: Envelope): Envelope {
    const [message] = this.reader.read(bytes, attachments).messages as [Message];
    const { attachments: _count, ...header } = message.header ?? {};
    if (message.type === MessageType.REQUEST) {
      return this.writer.request(message.id as number, message.method, message.args, header);
    }
    const { method, args } = message as Extract<Message, { type: typeof MessageType.NOTIFICATION }>;
    return this.writer.notification(method, args, header);
  }

  private encode(method: string, write: () => Envelope): Envelope {
    try {
      const envelope = write();
      if (envelope.size > this.limit) {
        throw this.tooLarge(method, envelope.size);
      }
      return envelope;
    } catch (error) {
      if (error instanceof EncodeError) {
        throw new RemoteCallError(
          `cannot send '${method}': ${error.message}`,
          { method, path: error.path },
          { code: 'INVALID_ARGUMENT', cause: error },
        );
      }
      throw error;
    }
  }

  /** A server drops the link of a client that sends more. */
  private tooLarge(method: string, bytes: number): RemoteCallError {
    const { limit, maxFrame } = this;
    return new RemoteCallError(
      `cannot send '${method}': ${bytes} bytes with their header, where ${limit} ` +
        `have room${maxFrame === undefined ? ' (option codec.maxPayload)' : ' in a datagram'}`,
      { method, bytes, limit },
      { code: 'INVALID_ARGUMENT' },
    );
  }

  private addressOf(method: string, options: CallOptions): Buffer {
    const given = routingId('address', options.address);
    if (given) {
      return given;
    }
    const { address, socket } = this.options;
    if (address) {
      return address;
    }
    if (socket === 'dealer') {
      return DIRECT;
    }
    if (method === '') {
      throw new RemoteCallError('must provide an address', {}, { code: 'INVALID_ARGUMENT' });
    }
    return Buffer.from(method);
  }
}

function checkedMetadata(metadata: Record<string, string>): Record<string, string> {
  for (const [name, text] of Object.entries(metadata)) {
    if (typeof text !== 'string' || !text.isWellFormed() || !name.isWellFormed()) {
      throw optionError(`metadata.${name}`, text, 'give a text without lone surrogates');
    }
  }
  return metadata;
}
