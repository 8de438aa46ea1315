import { AttachedFrames } from '../cbor/attachments.js';
import type { ValueReader } from '../cbor/value-reader.js';
import { RawItem } from '../cbor/values.js';
import type { Codec } from '../cbor/codec.js';
import { DecodeError } from '../cbor/codec-error.js';
import type { WireError } from './error-object.js';
import { readHeader } from './header.js';
import {
  type DecodedPayload,
  type MalformedMessage,
  type Message,
  MessageType,
  type RequestId,
} from './message.js';

/** Major types of CBOR (RFC 8949, section 3.1) that envelopes and headers are told apart by. */
const UNSIGNED = 0;
const ARRAY = 4;
const MAP = 5;

/** How many envelopes one payload may have: its calls all start at once. Ours pack up to 128. */
const MAX_ENVELOPES = 1024;

const MAX_ID = 0xffff_ffff;

const NO_FRAMES: readonly Buffer[] = [];

/** Bytes of an id that is no number: every error answer must have room for it. */
const MAX_RAW_ID = 256;

/** Reads payloads: a base envelope, or the CBOR sequence of an extended peer (RFC 8742). */
export class MessageReader {
  private readonly reader: ValueReader;
  /** What of the current envelope was read, should it turn out malformed. */
  private type: number | undefined;
  private currentId: RequestId | undefined;

  constructor(private readonly codec: Codec) {
    this.reader = codec.reader;
  }

  /**
   * Takes a payload apart. Never throws: what is wrong is part of the answer.
   *
   * @param payload the bytes; byte strings in the result are views on them
   * @param frames those after the payload, which its envelopes may own as attachments
   */
  read(payload: Uint8Array, frames: readonly Buffer[] = NO_FRAMES): DecodedPayload {
    const { reader } = this;
    const messages: Message[] = [];
    try {
      reader.reset(payload);
      this.sequence(messages, payload, frames);
      return { messages };
    } catch (error) {
      if (!(error instanceof DecodeError)) {
        throw error;
      }
      const fault: MalformedMessage = { reason: error.message };
      if (this.type !== undefined) {
        fault.type = this.type;
      }
      if (this.currentId !== undefined) {
        fault.id = this.currentId;
      }
      return { messages, malformed: fault };
    } finally {
      this.forgetEnvelope();
      reader.attached = undefined;
      reader.release();
    }
  }

  private sequence(messages: Message[], payload: Uint8Array, frames: readonly Buffer[]): void {
    const { reader } = this;
    let owned: number | undefined;
    do {
      if (messages.length === MAX_ENVELOPES) {
        throw malformed(`more than ${MAX_ENVELOPES} envelopes`, reader);
      }
      const attachments = this.message(messages, frames, owned ?? 0);
      if (attachments !== undefined) {
        owned = (owned ?? 0) + attachments;
        this.checkOwned(payload, frames, owned, messages);
      }
    } while (!reader.atEnd);
    if (owned !== undefined && owned !== frames.length) {
      messages.length = 0;
      throw malformed(`${frames.length} attached frames, of which ${owned} are owned`, reader);
    }
  }

  /**
   * Reads an envelope with its header.
   *
   * @returns how many frames from `first` on are its own, where the header says so
   */
  private message(
    messages: Message[],
    frames: readonly Buffer[],
    first: number,
  ): number | undefined {
    const { reader } = this;
    const start = reader.offset;
    const attached =
      frames.length > first ? (reader.attached = new AttachedFrames(frames, first)) : undefined;
    const message = this.envelope();
    reader.attached = undefined;
    const { type, currentId } = this;
    this.forgetEnvelope();
    // Whatever follows, it takes effect.
    messages.push(message);
    if (reader.atEnd || reader.majorType() !== MAP) {
      this.withoutAttachments(messages, attached, start);
      return undefined;
    }
    const header = (message.header = readHeader(reader));
    const count = header.attachments;
    if (count === undefined) {
      this.withoutAttachments(messages, attached, start);
    } else if (!(attached?.areExactly(count) ?? count === 0) && count <= frames.length - first) {
      messages.pop();
      this.type = type;
      this.currentId = currentId;
      throw malformed(`does not use each of its ${count} attachments once`, reader);
    }
    return count;
  }

  /** No attachments after all: what looked like them in the last envelope are ordinary tags. */
  private withoutAttachments(
    messages: Message[],
    attached: AttachedFrames | undefined,
    start: number,
  ): void {
    if (!attached?.areUsed) {
      return;
    }
    const { reader } = this;
    const last = messages.pop() as Message;
    const end = reader.offset;
    reader.rewind(start);
    const message = this.envelope();
    this.forgetEnvelope();
    reader.rewind(end);
    messages.push(last.header ? { ...message, header: last.header } : message);
  }

  private forgetEnvelope(): void {
    this.type = undefined;
    this.currentId = undefined;
  }

  /** Checks that there are as many frames as envelopes own, before any of them takes effect. */
  private checkOwned(
    payload: Uint8Array,
    frames: readonly Buffer[],
    owned: number,
    messages: Message[],
  ): void {
    const { maxPayload } = this.codec.limits;
    const bytes = frames.reduce((sum, { length }) => sum + length, payload.length);
    if (owned > frames.length || bytes > maxPayload) {
      messages.length = 0;
      throw malformed(
        owned > frames.length
          ? `${owned} attachments, but ${frames.length} frames`
          : `payload and attachments of ${bytes} bytes, more than ${maxPayload} (codec.maxPayload)`,
        this.reader,
      );
    }
  }

  private envelope(): Message {
    const { reader } = this;
    if (reader.majorType() !== ARRAY) {
      throw malformed('an envelope is an array', reader);
    }
    const length = reader.arrayHead();
    const type = reader.majorType() === UNSIGNED ? reader.unsigned() : undefined;
    switch (type) {
      case MessageType.REQUEST: {
        this.type = type;
        const id = (this.currentId = this.id());
        const method = this.method();
        const args = this.args();
        this.end(length, 4);
        return { type, id, method, args };
      }
      case MessageType.RESPONSE: {
        this.type = type;
        const id = (this.currentId = this.id());
        const error = this.error();
        const result = reader.value();
        this.end(length, 4);
        return error ? { type, id, error, result } : { type, id, result };
      }
      case MessageType.NOTIFICATION: {
        this.type = type;
        const method = this.method();
        const args = this.args();
        this.end(length, 3);
        return { type, method, args };
      }
      case MessageType.ITEM: {
        this.type = type;
        const id = (this.currentId = this.id());
        const value = reader.value();
        this.end(length, 3);
        return { type, id, value };
      }
      case MessageType.CANCEL: {
        const id = this.id();
        this.end(length, 2);
        return { type, id };
      }
      case MessageType.GOODBYE:
        this.end(length, 1);
        return { type };
      default:
        throw malformed('unknown envelope type', reader);
    }
  }

  private id(): RequestId {
    const { reader } = this;
    if (reader.majorType() === UNSIGNED) {
      const id = reader.unsigned();
      if (typeof id === 'number' && id <= MAX_ID) {
        return id;
      }
      return new RawItem(uint64(BigInt(id)));
    }
    const bytes = reader.rawValue();
    if (bytes.length > MAX_RAW_ID) {
      throw malformed('id is too long to be echoed', reader);
    }
    return new RawItem(bytes);
  }

  private method(): string {
    const method = this.reader.value();
    if (typeof method !== 'string') {
      throw malformed('method is not text', this.reader);
    }
    return method;
  }

  private args(): unknown[] {
    const args = this.reader.value();
    if (!Array.isArray(args)) {
      throw malformed('args is not an array', this.reader);
    }
    return args;
  }

  private error(): WireError | undefined {
    const error = this.reader.value();
    if (error === null || error === undefined) {
      return undefined;
    }
    if (!Array.isArray(error) || typeof error[0] !== 'string') {
      throw malformed('error is neither null nor [message, context]', this.reader);
    }
    return { message: error[0], context: contextOf(error[1]) };
  }

  /** Checks that an envelope ends where it should. */
  private end(length: number, expected: number): void {
    const { reader } = this;
    if (length === -1 ? !reader.atBreak() : length !== expected) {
      throw malformed(`an envelope of this type has ${expected} members`, reader);
    }
  }
}

function malformed(reason: string, reader: ValueReader): DecodeError {
  return new DecodeError('malformed', reader.offset, reason);
}

/** A context with text keys, whatever the peer made of it. */
function contextOf(context: unknown): Record<string, unknown> {
  if (context instanceof Map) {
    return Object.fromEntries([...context].map(([key, value]) => [textOf(key), value]));
  }
  return typeof context === 'object' && context !== null && !Array.isArray(context)
    ? (context as Record<string, unknown>)
    : {};
}

/** An object as a key may well have a `toString` that is no function. */
function textOf(key: unknown): string {
  return typeof key === 'object' && key !== null
    ? Object.prototype.toString.call(key)
    : String(key);
}

function uint64(id: bigint): Uint8Array {
  const bytes = new Uint8Array(9);
  bytes[0] = 0x1b;
  new DataView(bytes.buffer).setBigUint64(1, id);
  return bytes;
}
