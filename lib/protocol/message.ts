import type { RawItem } from '../cbor/values.js';
import type { WireError } from './error-object.js';
import type { Header } from './header.js';

export type { Header } from './header.js';

/**
 * The envelope types, first in each envelope: 0 to 2 of the base, the others of the extension.
 *
 * Mirrors `MessageType` of the Python original, which took them from MessagePack-RPC.
 */
export const MessageType = {
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

/**
 * A request's id: an unsigned 32-bit integer from any correct client. Any other id is kept as its
 * bytes, to be echoed unchanged.
 */
export type RequestId = number | RawItem;

/** `[0, id, method, args]`: a call that expects a response. */
export interface RequestMessage {
  type: typeof MessageType.REQUEST;
  id: RequestId;
  method: string;
  args: unknown[];
  header?: Header;
}

/** `[1, id, error, result]`: the response to a call. */
export interface ResponseMessage {
  type: typeof MessageType.RESPONSE;
  id: RequestId;
  error?: WireError;
  /** `undefined` where the handler returned nothing and the peer is extended. */
  result: unknown;
  header?: Header;
}

/** `[2, method, args]`: a call without a response. */
export interface NotificationMessage {
  type: typeof MessageType.NOTIFICATION;
  method: string;
  args: unknown[];
  header?: Header;
}

/** `[3, id, value]`: one value of a response with several. */
export interface ItemMessage {
  type: typeof MessageType.ITEM;
  id: RequestId;
  value: unknown;
  header?: Header;
}

/** `[4, id]`: the caller no longer expects a response. */
export interface CancelMessage {
  type: typeof MessageType.CANCEL;
  id: RequestId;
  header?: Header;
}

/** `[5]`: the server takes no more calls. */
export interface GoodbyeMessage {
  type: typeof MessageType.GOODBYE;
  header?: Header;
}

/** The keys of a HELLO's info. Unknown ones are ignored. */
export const HelloKey = { INSTANCE: 0, HEARTBEAT: 1 } as const;

/** What a server says of itself. */
export interface HelloInfo {
  /** Random bytes that are others each time the server begins to listen. */
  instance?: Uint8Array;
  /** After how many milliseconds of silence it sends a PING; 0 means never. */
  heartbeat?: number;
}

/** `[6, info]`: the server understands the extension. */
export interface HelloMessage {
  type: typeof MessageType.HELLO;
  info: HelloInfo;
  header?: Header;
}

/** `[7, token]`: a question whether the receiver is there, which it answers with a PONG. */
export interface PingMessage {
  type: typeof MessageType.PING;
  /** Whatever its sender chose. */
  token: RequestId;
  header?: Header;
}

/** `[8, token]`: the answer to a PING of this token. */
export interface PongMessage {
  type: typeof MessageType.PONG;
  token: RequestId;
  header?: Header;
}

export type Message =
  | RequestMessage
  | ResponseMessage
  | NotificationMessage
  | ItemMessage
  | CancelMessage
  | GoodbyeMessage
  | HelloMessage
  | PingMessage
  | PongMessage;

/** The part of a malformed envelope that was read, so that its call can be ended. */
export interface MalformedMessage {
  reason: string;
  type?: number;
  id?: RequestId;
}

/** The content of one payload: the messages before the first malformed item, and that item. */
export interface DecodedPayload {
  messages: Message[];
  malformed?: MalformedMessage;
}

/** The value of a result that is "no value": CBOR `undefined`, for extended peers only. */
export const NO_VALUE = Symbol('no value');
