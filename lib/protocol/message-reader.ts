import type { Codec } from '../cbor/codec.js';
import { DecodeError } from '../cbor/codec-error.js';
import { Major } from '../cbor/head-reader.js';
import type { ValueReader } from '../cbor/value-reader.js';
import { EnvelopeReader, malformed } from './envelope-reader.js';
import { completeMessage } from './envelope-values.js';
import { readHeader } from './header.js';
import type { DecodedPayload, MalformedMessage, Message } from './message.js';

/** How many envelopes one payload may have: its calls all start at once. Ours pack up to 128. */
const MAX_ENVELOPES = 1024;

const NO_FRAMES: readonly Buffer[] = [];

/** Reads payloads: a base envelope, or the CBOR sequence of an extended peer (RFC 8742). */
export class MessageReader {
  private readonly reader: ValueReader;
  private readonly envelopes: EnvelopeReader;

  constructor(private readonly codec: Codec) {
    this.reader = codec.reader;
    this.envelopes = new EnvelopeReader(codec.reader);
  }

  /**
   * Reads a payload. Never throws: the result has the fault.
   *
   * @param payload the bytes; byte strings in the result are views on them, unless they are small parts
   * @param frames those after the payload, which its envelopes may own as attachments
   */
  read(payload: Uint8Array, frames: readonly Buffer[] = NO_FRAMES): DecodedPayload {
    const messages: Message[] = [];
    try {
      const fault = this.take(messages, payload, frames);
      const first = this.complete(messages) ?? fault;
      return first === undefined ? { messages } : { messages, malformed: first };
    } finally {
      this.envelopes.forget();
      this.reader.release();
    }
  }

  /** Reads messages without their values. @returns what is malformed after them */
  private take(
    messages: Message[],
    payload: Uint8Array,
    frames: readonly Buffer[],
  ): MalformedMessage | undefined {
    try {
      this.reader.reset(payload);
      this.sequence(messages, payload, frames);
      return undefined;
    } catch (error) {
      return this.fault(error);
    }
  }

  /** Puts their values into messages. @returns what is malformed, from which on there are none */
  private complete(messages: Message[]): MalformedMessage | undefined {
    if (messages.length === 0) {
      return undefined;
    }
    let complete = 0;
    let next = 0;
    try {
      const values = this.reader.takenValues();
      for (; complete < messages.length; complete++) {
        next = completeMessage(messages[complete] as Message, values, next, this.reader);
      }
      return undefined;
    } catch (error) {
      this.envelopes.blame(messages[complete] as Message);
      messages.length = complete;
      return this.fault(error);
    }
  }

  private fault(error: unknown): MalformedMessage {
    if (!(error instanceof DecodeError)) {
      throw error;
    }
    return this.envelopes.fault(error.message);
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
   * @returns how many frames from `first` on belong to it; undefined without a count in the header
   */
  private message(
    messages: Message[],
    frames: readonly Buffer[],
    first: number,
  ): number | undefined {
    const { reader, envelopes } = this;
    const message = envelopes.read();
    // It takes effect whatever follows it.
    messages.push(message);
    if (reader.atEnd || reader.majorType() !== Major.MAP) {
      return undefined;
    }
    const header = (message.header = readHeader(reader));
    const count = header.attachments;
    if (count === undefined || count > frames.length - first) {
      return count;
    }
    if (!reader.attach(frames.slice(first, first + count))) {
      messages.pop();
      envelopes.blame(message);
      throw malformed(`does not use each of its ${count} attachments once`, reader);
    }
    return count;
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
}
