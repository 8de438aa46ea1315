import { RemoteCallError } from '../errors/remote-call.error.js';
import { optionError } from '../errors/option-error.js';
import { milliseconds, routingId } from '../options/option-check.js';
import { EncodeError } from '../protocol/codec-error.js';
import type { MessageWriter } from '../protocol/message-writer.js';
import type { ResolvedClientOptions } from './client-options.js';
import type { PendingContent } from './pending.js';
import type { CallOptions } from './remote-record.js';

/** The address frame of a server that is connected directly. */
const DIRECT = Buffer.from('-');

/** What a header takes at most besides its metadata, in bytes: its head, a key and a timeout. */
const LARGEST_TIMEOUT_HEADER = 16;

/** Turns calls and events into envelopes, at once: the caller may change its values afterwards. */
export class CallEncoder {
  /** @param maxFrame the most bytes that a payload can have; undefined means no limit */
  constructor(
    private readonly options: ResolvedClientOptions,
    private readonly writer: MessageWriter,
    private readonly maxFrame: number | undefined,
  ) {}

  /** @throws {RemoteCallError} `INVALID_ARGUMENT` for what cannot be encoded, or an option */
  request(
    id: number,
    method: string,
    args: readonly unknown[],
    options: CallOptions,
  ): PendingContent {
    const content = this.content(method, options, () => this.writer.request(id, method, args));
    this.checkSize(content, content.timeout);
    return content;
  }

  /** @throws {RemoteCallError} `INVALID_ARGUMENT` for what cannot be encoded, or an option */
  notification(method: string, args: readonly unknown[], options: CallOptions): PendingContent {
    const content = this.content(method, options, () => this.writer.notification(method, args));
    this.checkSize(content, 0); // The header of an event has no timeout.
    return content;
  }

  private content(
    method: string,
    { address, timeout, metadata }: CallOptions,
    encode: () => Buffer,
  ): PendingContent {
    try {
      return {
        method,
        address: routingId('address', address) ?? this.addressOf(method),
        envelope: encode(),
        metadata: metadata && this.copyMetadata(metadata),
        timeout: milliseconds('timeout', timeout, this.options.timeout),
      };
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

  private copyMetadata(metadata: Record<string, string>): Record<string, string> {
    for (const [name, text] of Object.entries(metadata)) {
      // Written only when it is sent, when nobody could be told that it cannot be encoded.
      if (typeof text !== 'string' || !text.isWellFormed() || !name.isWellFormed()) {
        throw optionError(`metadata.${name}`, text, 'give a text without lone surrogates');
      }
    }
    return { ...metadata };
  }

  /**
   * Checks envelope and header together: a server drops the link of a client that sends more.
   *
   * @param timeout the one that its header will have; 0 means none
   */
  private checkSize({ method, envelope, metadata }: PendingContent, timeout: number): void {
    const { extension, codec } = this.options;
    const limit = Math.min(this.maxFrame ?? Infinity, codec.maxPayload);
    const header = extension && metadata ? this.writer.header({ metadata }).byteLength : 0;
    const bytes = envelope.byteLength + header + (extension ? LARGEST_TIMEOUT_HEADER : 0);
    if (bytes > limit && this.exactSize(envelope, timeout, metadata) > limit) {
      throw new RemoteCallError(
        `cannot send '${method}': ${envelope.byteLength} bytes and their header, where ${limit} ` +
          `have room${this.maxFrame === undefined ? ' (option codec.maxPayload)' : ' in a datagram'}`,
        { method, bytes: envelope.byteLength, limit },
        { code: 'INVALID_ARGUMENT' },
      );
    }
  }

  private exactSize(
    envelope: Buffer,
    timeout: number,
    metadata: Record<string, string> | undefined,
  ): number {
    const header = { timeout: timeout > 0 ? Math.ceil(timeout) : undefined, metadata };
    return (
      envelope.byteLength + (this.options.extension ? this.writer.header(header).byteLength : 0)
    );
  }

  private addressOf(method: string): Buffer {
    const { address, socket } = this.options;
    if (address ?? socket === 'dealer') {
      return address ?? DIRECT;
    }
    if (method === '') {
      throw new RemoteCallError('must provide an address', {}, { code: 'INVALID_ARGUMENT' });
    }
    return Buffer.from(method);
  }
}
