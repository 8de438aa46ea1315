import { Decoder, Encoder, Tag } from 'cbor-x';

/** The envelope types of the protocol, extension and all. */
export const Type = {
  REQUEST: 0,
  RESPONSE: 1,
  NOTIFICATION: 2,
  ITEM: 3,
  CANCEL: 4,
  GOODBYE: 5,
  HELLO: 6,
  PING: 7,
  PONG: 8,
} as const;

/** The keys of a header. */
export const Key = {
  TIMEOUT: 0,
  METADATA: 1,
  CODE: 2,
  ATTACHMENTS: 3,
  ITEMS: 4,
  ERROR: 5,
  REFUSED: 6,
  CREDIT: 7,
  LOAD: 8,
  VACATED: 9,
} as const;

/** The tag of a byte string that travels in a frame of its own. */
export const ATTACHMENT_TAG = 65_000;

/** A header as it stands on the wire. */
export type WireHeader = ReadonlyMap<number, unknown>;

/** One envelope of a payload, and the header behind it. */
export interface WireMessage {
  envelope: readonly unknown[];
  header: WireHeader | undefined;
}

const format = {
  useRecords: false,
  variableMapSize: true,
  tagUint8Array: false,
  useTag259ForMaps: false,
} as const;

// What our own codec does must not hide a mistake of our own codec.
const encoder = new Encoder({ ...format });
const decoder = new Decoder({ ...format, mapsAsObjects: false });

/** Items one behind another: arrays are envelopes, maps are headers, `undefined` is `f7`. */
export function sequence(...items: readonly unknown[]): Buffer {
  return Buffer.concat(items.map((item) => Buffer.from(encoder.encode(item))));
}

/** A header of these members. */
export function header(members: Readonly<Record<number, unknown>> = {}): Map<number, unknown> {
  return new Map(Object.entries(members).map(([key, value]) => [Number(key), value]));
}

/** What stands in the place of an attached frame. */
export function attachment(index: unknown): Tag {
  return new Tag(index, ATTACHMENT_TAG);
}

/** Takes a payload apart. */
export function readSequence(payload: Uint8Array): WireMessage[] {
  const messages: WireMessage[] = [];
  for (const item of decoder.decodeMultiple(payload) as unknown[]) {
    const last = messages.at(-1);
    if (Array.isArray(item)) {
      messages.push({ envelope: item, header: undefined });
    } else if (item instanceof Map && last && !last.header) {
      last.header = item as WireHeader;
    } else {
      throw new Error(
        `no sequence of envelopes and headers: ${Buffer.from(payload).toString('hex')}`,
      );
    }
  }
  return messages;
}

/** Bytes written as hex, spaces for reading. */
export function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(' ', ''), 'hex');
}
